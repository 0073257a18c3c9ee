-- What a person asks of a task, which engine starts it, and what its last run did.
ALTER TABLE :"schema".task
  ADD COLUMN engine text NOT NULL DEFAULT 'postgres', -- that of the worker which started last
  ADD COLUMN paused_at timestamptz,
  ADD COLUMN paused_by text,
  ADD COLUMN run_requested_at timestamptz, -- cleared by the end of a run that began after it
  ADD COLUMN run_requested_by text,
  ADD COLUMN run_ttl_ms double precision CHECK (run_ttl_ms > 0),
  ADD COLUMN last_report jsonb,
  ADD CHECK ((paused_at IS NULL) = (paused_by IS NULL)),
  ADD CHECK ((run_requested_at IS NULL) = (run_requested_by IS NULL));
