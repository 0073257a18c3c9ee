-- The event log. insert_deduplication_token makes a batch that is sent again a batch that is stored once, but only in
-- a table that remembers tokens: the settings at the end say how many.
CREATE TABLE IF NOT EXISTS :"database".:"table" :on_cluster
(
  event_id UUID,
  event_type LowCardinality(String),
  event_date_time DateTime64(6, 'UTC'),
  environment LowCardinality(String),
  event_context String CODEC(ZSTD),
  metadata_version UInt32,
  subject Nullable(String),
  traceparent Nullable(String),
  batch_id UUID,
  -- Counting a batch, which is how an unknown outcome is resolved, reads only the granules that may hold it.
  INDEX batch_id_filter batch_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = :engine
PARTITION BY toYYYYMM(event_date_time)
ORDER BY (event_type, event_date_time, event_id)
SETTINGS :settings;
