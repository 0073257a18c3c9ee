-- The outbox: events, the batches that own them, and the records of their delivery.
--
-- An event row is written once and never updated. A batch is a row that owns a set of event ids. So the status of a
-- record is the status of its batch, and delivering a batch of any size writes a constant number of rows.

CREATE TABLE :"schema".event (
  id bigint GENERATED ALWAYS AS IDENTITY,
  event_id uuid NOT NULL,
  event_type text NOT NULL CHECK (event_type <> ''),
  -- The range of ClickHouse's DateTime64(6). Capture checks it too; this holds for rows written by hand.
  event_date_time timestamptz NOT NULL
    CHECK (event_date_time >= '1900-01-01 00:00:00+00' AND event_date_time < '2300-01-01 00:00:00+00'),
  environment text NOT NULL,
  event_context json NOT NULL, -- json keeps the text as given; jsonb would reorder and reject \u0000
  metadata_version integer NOT NULL DEFAULT 1 CHECK (metadata_version >= 0),
  subject text,
  traceparent text,
  PRIMARY KEY (id)
) PARTITION BY RANGE (id);

COMMENT ON TABLE :"schema".event IS 'Captured events, append-only. Partitions are made ahead and dropped once delivered.';

-- Catches what runs past the partitions made ahead, so that capture never fails because maintenance did not run.
CREATE TABLE :"schema".event_default PARTITION OF :"schema".event DEFAULT;

-- When an event was captured: the first 48 bits of its id, if that is a UUID of version 7 (RFC 9562), else NULL.
CREATE FUNCTION :"schema".captured_at(event_id uuid) RETURNS timestamptz
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE WHEN substr(event_id::text, 15, 1) = '7' THEN
    to_timestamp(('x' || left(replace(event_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
  END;

CREATE TABLE :"schema".batch (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  event_ids int8multirange NOT NULL,
  event_count integer NOT NULL CHECK (event_count > 0),
  first_event_time timestamptz NOT NULL,
  last_event_time timestamptz NOT NULL,
  oldest_captured_at timestamptz NOT NULL,
  status text NOT NULL DEFAULT 'AWAITING_DELIVERY'
    CHECK (status IN ('AWAITING_DELIVERY', 'SENDING', 'DELIVERED', 'QUARANTINED')),
  claimed_by text,
  claim_epoch integer NOT NULL DEFAULT 0,
  claim_expires_at timestamptz,
  token_generation integer NOT NULL DEFAULT 0,
  attempt_count integer NOT NULL DEFAULT 0,
  not_before timestamptz NOT NULL DEFAULT '-infinity',
  parent_id uuid,
  sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  delivered_at timestamptz,
  cleaned_at timestamptz,
  last_error_code text,
  last_error text,
  CHECK ((status = 'SENDING') = (claimed_by IS NOT NULL AND claim_expires_at IS NOT NULL)),
  CHECK ((status = 'DELIVERED') = (delivered_at IS NOT NULL))
);

CREATE INDEX batch_undelivered ON :"schema".batch (seq) WHERE status IN ('AWAITING_DELIVERY', 'SENDING');
CREATE INDEX batch_uncleaned ON :"schema".batch (seq) WHERE status = 'DELIVERED' AND cleaned_at IS NULL;
CREATE INDEX batch_event_ids ON :"schema".batch USING gist (event_ids);

CREATE TABLE :"schema".run (
  id uuid PRIMARY KEY,
  worker text NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz,
  ended_because text,
  batches_sealed integer NOT NULL DEFAULT 0,
  batches_delivered integer NOT NULL DEFAULT 0,
  attempts_succeeded integer NOT NULL DEFAULT 0,
  attempts_failed integer NOT NULL DEFAULT 0,
  claims_lost integer NOT NULL DEFAULT 0,
  events_delivered bigint NOT NULL DEFAULT 0,
  bytes_delivered bigint NOT NULL DEFAULT 0,
  duration_ms bigint,
  error_code text,
  error_text text
);

CREATE INDEX run_started ON :"schema".run (started_at);

CREATE TABLE :"schema".attempt (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  batch_id uuid NOT NULL,
  run_id uuid NOT NULL,
  number integer NOT NULL,
  outcome text NOT NULL
    CHECK (outcome IN ('delivered', 'unknown', 'unavailable', 'misconfigured', 'rejected', 'claim_lost')),
  started_at timestamptz NOT NULL,
  duration_ms integer NOT NULL,
  rows bigint NOT NULL,
  bytes bigint NOT NULL,
  error_code text,
  error_text text
);

CREATE INDEX attempt_batch ON :"schema".attempt (batch_id);
CREATE INDEX attempt_started ON :"schema".attempt (started_at);

-- The clock of the tasks: one row a task; whoever moves next_due_at on and takes the claim runs it.
CREATE TABLE :"schema".task (
  name text PRIMARY KEY,
  interval_ms bigint NOT NULL CHECK (interval_ms > 0),
  next_due_at timestamptz NOT NULL,
  claimed_by text,
  claim_epoch integer NOT NULL DEFAULT 0,
  claim_expires_at timestamptz,
  last_started_at timestamptz,
  last_finished_at timestamptz,
  last_error text,
  CHECK ((claimed_by IS NULL) = (claim_expires_at IS NULL))
);

-- What has been sealed. Ids are drawn before their transactions commit, so they become visible out of order, and
-- those of rolled-back transactions never do: the ids below sealed_below are settled for good, those in
-- sealed_above are sealed too, and whatever lies between is a hole that may still be filled.
CREATE TABLE :"schema".seal_cursor (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  sealed_below bigint NOT NULL,
  sealed_above int8multirange NOT NULL,
  hole_limit bigint,
  hole_owners text[],
  CHECK ((hole_limit IS NULL) = (hole_owners IS NULL))
);

INSERT INTO :"schema".seal_cursor (sealed_below, sealed_above) VALUES (1, '{}');

-- The ids between the cursor's two sides that are not sealed: the holes.
CREATE FUNCTION :"schema".seal_holes(sealed_below bigint, sealed_above int8multirange) RETURNS int8multirange
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE
    WHEN isempty(sealed_above) THEN '{}'::int8multirange
    ELSE int8multirange(int8range(sealed_below, upper(sealed_above))) - sealed_above
  END;

-- The status of every record, through its batch. A record in no batch awaits delivery. Where a batch was split, its
-- children, which are younger, speak for their records.
CREATE VIEW :"schema".event_status AS
  SELECT
    event.id,
    event.event_id,
    event.event_type,
    event.event_date_time,
    event.subject,
    owner.id AS batch_id,
    coalesce(owner.status, 'AWAITING_DELIVERY') AS status
  FROM :"schema".event
  LEFT JOIN LATERAL (
    SELECT batch.id, batch.status
    FROM :"schema".batch
    WHERE batch.event_ids @> event.id
    ORDER BY batch.seq DESC
    LIMIT 1
  ) AS owner ON true;
