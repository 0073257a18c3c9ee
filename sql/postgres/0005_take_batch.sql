-- Taking a batch is one statement and one commit, whatever has to be done for it.

-- Claims a batch that is due for `worker`: one that awaits delivery, or one whose claim has expired. With `only_batch_id`
-- only that one. With `attempts_max` the oldest of those attempted less often; without it, of all that are due, the one
-- that was attempted least often. Raises the claim's epoch. No row: nothing is due.
CREATE FUNCTION :"schema".claim_batch(
  worker text, lease_ms double precision, only_batch_id uuid DEFAULT NULL, attempts_max integer DEFAULT NULL
)
  RETURNS TABLE (
    batch_id uuid, claim_epoch integer, event_count integer, first_event_time timestamptz, last_event_time timestamptz,
    attempt_count integer, purge_parent_id uuid
  )
  LANGUAGE plpgsql
  SET search_path = :"schema", pg_catalog, pg_temp
  SET enable_seqscan = off -- a plan is kept for as long as its connection, and the table grows meanwhile
  SET jit = off
AS $function$
#variable_conflict use_column
DECLARE
  chosen uuid;
BEGIN
  IF only_batch_id IS NOT NULL OR attempts_max IS NOT NULL THEN
    SELECT id INTO chosen
    FROM batch
    WHERE status IN ('AWAITING_DELIVERY', 'SENDING')
      AND CASE status WHEN 'SENDING' THEN claim_expires_at ELSE not_before END <= clock_timestamp()
      AND (only_batch_id IS NULL OR id = only_batch_id)
      AND (attempts_max IS NULL OR attempt_count < attempts_max)
    ORDER BY seq
    LIMIT 1
    FOR UPDATE SKIP LOCKED;
  ELSE
    SELECT id INTO chosen
    FROM batch
    WHERE status IN ('AWAITING_DELIVERY', 'SENDING')
      AND CASE status WHEN 'SENDING' THEN claim_expires_at ELSE not_before END <= clock_timestamp()
    ORDER BY attempt_count, seq
    LIMIT 1
    FOR UPDATE SKIP LOCKED;
  END IF;

  RETURN QUERY
    UPDATE batch
    SET status = 'SENDING',
        claimed_by = worker,
        claim_epoch = claim_epoch + 1,
        claim_expires_at = clock_timestamp() + lease_ms * interval '1 millisecond',
        attempt_count = attempt_count + 1
    WHERE id = chosen
    RETURNING id, claim_epoch, event_count, first_event_time, last_event_time, attempt_count,
              CASE WHEN purge_parent THEN parent_id END;
END
$function$;

-- Takes the next batch for `worker`: claims one that is due and was attempted less often than `attempts_max`, or else
-- seals the next `quantity` events and claims that batch (see seal_batch, also for `partial`).
--
-- Returns one row. Taken: the claimed batch, and whether it was sealed just now. Nothing taken: batch_id is NULL, and
-- oldest_waiting_at tells when the oldest of the events was captured that wait, if there are any.
CREATE FUNCTION :"schema".take_batch(
  worker text, lease_ms double precision, attempts_max integer, quantity integer, partial boolean
)
  RETURNS TABLE (
    batch_id uuid, claim_epoch integer, event_count integer, first_event_time timestamptz, last_event_time timestamptz,
    attempt_count integer, purge_parent_id uuid, sealed boolean, oldest_waiting_at timestamptz
  )
  LANGUAGE plpgsql
  SET search_path = :"schema", pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
  next record;
BEGIN
  RETURN QUERY
    SELECT claimed.*, false, NULL::timestamptz FROM claim_batch(worker, lease_ms, NULL, attempts_max) AS claimed;
  IF FOUND THEN
    RETURN;
  END IF;

  SELECT * INTO STRICT next FROM seal_batch(quantity, partial);
  IF next.batch_id IS NULL THEN
    RETURN QUERY
      SELECT NULL::uuid, NULL::integer, NULL::integer, NULL::timestamptz, NULL::timestamptz, NULL::integer, NULL::uuid,
             false, next.oldest_captured_at;
  ELSE
    RETURN QUERY
      SELECT claimed.*, true, NULL::timestamptz FROM claim_batch(worker, lease_ms, next.batch_id, NULL) AS claimed;
  END IF;
END
$function$;
