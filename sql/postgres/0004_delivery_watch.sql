-- What a person looks at: whether events flow, and what is quarantined.

-- Whether events flow, in one row, at the same cost whatever the backlog: it reads the first event that no batch owns,
-- one event a hole, and the batches under way, of which there are few. It needs no worker, and nothing but this database.
--
-- Quarantined records wait for a person, who may take days. They are counted by themselves and are no part of the age:
-- it would be as old as the oldest of them, and nobody would see that delivery has stopped as well.
CREATE VIEW :"schema".delivery_watch AS
  WITH boundary AS (
    SELECT sealed_below, sealed_above, greatest(sealed_below, upper(sealed_above)) AS past FROM :"schema".seal_cursor
  ),
  unsealed AS (
    SELECT in_hole.event_id, in_hole.event_date_time
    FROM boundary
    CROSS JOIN LATERAL unnest(:"schema".seal_holes(boundary.sealed_below, boundary.sealed_above)) AS hole
    CROSS JOIN LATERAL (
      SELECT event.event_id, event.event_date_time
      FROM :"schema".event
      WHERE event.id >= lower(hole) AND event.id < upper(hole)
      ORDER BY event.id
      LIMIT 1
    ) AS in_hole
    UNION ALL
    (SELECT event.event_id, event.event_date_time
     FROM :"schema".event
     WHERE event.id >= (SELECT past FROM boundary)
     ORDER BY event.id
     LIMIT 1)
  ),
  undelivered AS (
    SELECT least(
      (SELECT min(coalesce(:"schema".captured_at(event_id), event_date_time)) FROM unsealed),
      (SELECT min(oldest_captured_at) FROM :"schema".batch WHERE status IN ('AWAITING_DELIVERY', 'SENDING'))
    ) AS oldest
  ),
  quarantined AS (
    SELECT coalesce(sum(event_count), 0)::bigint AS events, min(oldest_captured_at) AS oldest
    FROM :"schema".batch
    WHERE status = 'QUARANTINED'
  )
  SELECT
    undelivered.oldest AS oldest_undelivered_at,
    clock_timestamp() - undelivered.oldest AS oldest_undelivered_age,
    quarantined.events AS quarantined_events,
    quarantined.oldest AS oldest_quarantined_at
  FROM undelivered, quarantined;

COMMENT ON VIEW :"schema".delivery_watch IS
  'One row: when the oldest undelivered record was captured and its age, both NULL when all is delivered; quarantined records apart.';

-- Each quarantined event with the reason. Such a batch has one event, whose columns are NULL if somebody deleted it.
CREATE VIEW :"schema".quarantined_event AS
  SELECT
    batch.id AS batch_id,
    batch.seq,
    event.event_id,
    event.event_type,
    event.event_date_time,
    event.environment,
    event.subject,
    event.metadata_version,
    event.traceparent,
    event.event_context,
    coalesce(:"schema".captured_at(event.event_id), batch.oldest_captured_at) AS captured_at,
    coalesce(refusal.started_at, batch.sealed_at) AS refused_at,
    batch.attempt_count,
    batch.last_error_code AS error_code,
    batch.last_error AS error_text,
    batch.refused_column
  FROM :"schema".batch
  LEFT JOIN LATERAL (
    SELECT *
    FROM :"schema".event
    WHERE event.id >= lower(batch.event_ids) AND event.id < upper(batch.event_ids)
    ORDER BY event.id
    LIMIT 1
  ) AS event ON true
  LEFT JOIN LATERAL (
    SELECT max(attempt.started_at) AS started_at FROM :"schema".attempt WHERE attempt.batch_id = batch.id
  ) AS refusal ON true
  WHERE batch.status = 'QUARANTINED';

COMMENT ON VIEW :"schema".quarantined_event IS 'The events that ClickHouse refused for their data, each with the reason.';

-- Reconciliation looks for rows of batches that were replaced or dropped since some time.
CREATE INDEX batch_closed ON :"schema".batch (closed_at) WHERE status IN ('REPLACED', 'DROPPED');
CREATE INDEX operator_action_performed ON :"schema".operator_action (performed_at);
