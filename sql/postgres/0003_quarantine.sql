-- breaking
-- Splitting, quarantine, and the record of what people do. Breaking, because a version that does not know
-- purge_parent would send such a batch while rows of its parent are still in ClickHouse.

-- REPLACED: its children own its events now. DROPPED: a person decided that a quarantined event is never delivered.
ALTER TABLE :"schema".batch DROP CONSTRAINT batch_status_check;
ALTER TABLE :"schema".batch ADD CONSTRAINT batch_status_check
  CHECK (status IN ('AWAITING_DELIVERY', 'SENDING', 'DELIVERED', 'QUARANTINED', 'REPLACED', 'DROPPED'));

-- A token that is spent is never followed by another of the same batch, but by a batch of its own: rows in ClickHouse
-- name their batch, so what deletes or counts the rows of the one can never touch those of the other.
ALTER TABLE :"schema".batch DROP COLUMN token_generation;
ALTER TABLE :"schema".batch
  -- ClickHouse may hold rows of the parent. They are deleted, and known to be gone, before this batch is sent.
  ADD COLUMN purge_parent boolean NOT NULL DEFAULT false,
  -- When it was replaced or dropped.
  ADD COLUMN closed_at timestamptz,
  -- The column whose value ClickHouse refused, where it said which.
  ADD COLUMN refused_column text,
  ADD CONSTRAINT batch_closed_check CHECK ((status IN ('REPLACED', 'DROPPED')) = (closed_at IS NOT NULL)),
  ADD CONSTRAINT batch_purge_check CHECK (NOT purge_parent OR parent_id IS NOT NULL);

CREATE INDEX batch_parent ON :"schema".batch (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX batch_quarantined ON :"schema".batch (seq) WHERE status = 'QUARANTINED';
CREATE INDEX batch_delivered ON :"schema".batch (delivered_at) WHERE status = 'DELIVERED';
DROP INDEX :"schema".batch_uncleaned;
CREATE INDEX batch_uncleaned ON :"schema".batch (seq) WHERE status IN ('DELIVERED', 'DROPPED') AND cleaned_at IS NULL;

ALTER TABLE :"schema".run
  ADD COLUMN batches_split integer NOT NULL DEFAULT 0,
  ADD COLUMN events_quarantined bigint NOT NULL DEFAULT 0;

-- What a person did by command or dashboard. Kept for good.
CREATE TABLE :"schema".operator_action (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  performed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  performed_by text NOT NULL CHECK (performed_by <> ''),
  action text NOT NULL CHECK (action <> ''), -- such as release, drop, repair
  batch_id uuid, -- the batch it was done to, where it was done to one
  event_count bigint NOT NULL DEFAULT 0,
  reason text,
  details jsonb NOT NULL DEFAULT '{}'
);

CREATE INDEX operator_action_batch ON :"schema".operator_action (batch_id) WHERE batch_id IS NOT NULL;
