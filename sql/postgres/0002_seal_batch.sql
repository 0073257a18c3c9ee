-- Seals the next batch: gives a batch row the next `quantity` committed ids, in id order, that no batch owns yet.
-- With fewer than `quantity` it seals what there is if `partial`, else nothing.
--
-- Returns one row. Sealed: the batch's id, its number of events, when its oldest was captured. Not sealed: NULL, the
-- number of events that wait, when the oldest of them was captured.
--
-- The numbered rules and why their order matters: ARCHITECTURE, "Sealing".
CREATE FUNCTION :"schema".seal_batch(quantity integer, partial boolean DEFAULT false)
  RETURNS TABLE (batch_id uuid, event_count integer, oldest_captured_at timestamptz)
  LANGUAGE plpgsql
  SET search_path = :"schema", pg_catalog, pg_temp
  -- Planned with the real limit each time: with an unknown one Postgres expects a tenth of the table and may sort it.
  SET plan_cache_mode = force_custom_plan
  SET enable_seqscan = off
  SET jit = off
AS $function$
#variable_conflict use_column
DECLARE
  sealed seal_cursor%ROWTYPE;
  holes int8multirange;
  holes_may_close boolean := false;
  in_holes record;
  past_holes record;
  found_count integer;
  taken int8multirange;
  oldest_id bigint;
  oldest timestamptz;
  new_batch_id uuid;
BEGIN
  -- Rule 2 needs a snapshot that is later than the one of rule 1. Above READ COMMITTED both would share one.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'seal_batch needs READ COMMITTED, this transaction is %', current_setting('transaction_isolation')
      USING ERRCODE = 'invalid_transaction_state', HINT = 'Call it in a transaction of its own, by a role whose default_transaction_isolation is read committed.';
  END IF;
  -- A batch must not outlive its events in a crash, which an asynchronous commit could let happen.
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;

  SELECT * INTO STRICT sealed FROM seal_cursor FOR UPDATE;

  -- Rule 1. A hole below hole_limit belongs to a transaction that was writing to event when the holes were recorded.
  -- INSERT takes its lock on event before it draws an id and keeps it to the end, so once none of those
  -- transactions holds it any more, each has committed or rolled back. A prepared transaction keeps its virtual
  -- transaction id until Postgres restarts and is -1/xid from then on; such ones are waited for, whoever they were.
  IF sealed.hole_limit IS NOT NULL THEN
    holes_may_close := NOT EXISTS (
      SELECT FROM pg_locks AS lock
      WHERE lock.locktype = 'relation'
        AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND lock.relation = 'event'::regclass
        AND lock.mode = 'RowExclusiveLock'
        AND (lock.virtualtransaction = ANY (sealed.hole_owners)
          OR lock.pid IS NULL AND lock.virtualtransaction LIKE '-1/%')
    );
  END IF;

  -- Rule 2. In a later snapshot: what those transactions committed is visible now. Holes first, they are older.
  holes := seal_holes(sealed.sealed_below, sealed.sealed_above);
  SELECT count(*)::integer AS count, range_agg(int8range(id, id, '[]')) AS ids, min(id) AS lowest_id,
         min(event_date_time) AS first_time, max(event_date_time) AS last_time
  INTO in_holes
  FROM (
    SELECT candidate.id, candidate.event_date_time
    FROM unnest(holes) AS hole
    CROSS JOIN LATERAL (
      SELECT event.id, event.event_date_time
      FROM event
      WHERE event.id >= lower(hole) AND event.id < upper(hole)
      ORDER BY event.id
      LIMIT quantity
    ) AS candidate
    LIMIT quantity
  ) AS visible;

  SELECT count(*)::integer AS count, range_agg(int8range(id, id, '[]')) AS ids, min(id) AS lowest_id,
         min(event_date_time) AS first_time, max(event_date_time) AS last_time
  INTO past_holes
  FROM (
    SELECT event.id, event.event_date_time
    FROM event
    WHERE event.id >= greatest(sealed.sealed_below, upper(sealed.sealed_above))
    ORDER BY event.id
    LIMIT quantity - in_holes.count
  ) AS visible;

  found_count := in_holes.count + past_holes.count;
  oldest_id := least(in_holes.lowest_id, past_holes.lowest_id);
  SELECT coalesce(captured_at(event.event_id), event.event_date_time) INTO oldest FROM event WHERE event.id = oldest_id;

  -- Rule 3.
  IF found_count > 0 AND (found_count >= quantity OR partial) THEN
    taken := coalesce(in_holes.ids, '{}') + coalesce(past_holes.ids, '{}');
    INSERT INTO batch (event_ids, event_count, first_event_time, last_event_time, oldest_captured_at)
    VALUES (taken, found_count, least(in_holes.first_time, past_holes.first_time),
            greatest(in_holes.last_time, past_holes.last_time), oldest)
    RETURNING id INTO new_batch_id;
    sealed.sealed_above := sealed.sealed_above + taken;
  END IF;
  -- Every visible row in a hole is owned now: what is still missing there never comes.
  IF holes_may_close AND (in_holes.count = 0 OR new_batch_id IS NOT NULL AND in_holes.count < quantity) THEN
    sealed.sealed_below := greatest(sealed.sealed_below, sealed.hole_limit);
    sealed.sealed_above := sealed.sealed_above - int8multirange(int8range(NULL, sealed.sealed_below));
    sealed.hole_limit := NULL;
    sealed.hole_owners := NULL;
  END IF;

  -- Rule 4. A multirange is kept merged, so its first range is all that can touch sealed_below.
  IF lower(sealed.sealed_above) = sealed.sealed_below THEN
    SELECT upper(first_range) INTO sealed.sealed_below FROM unnest(sealed.sealed_above) AS first_range LIMIT 1;
    sealed.sealed_above := sealed.sealed_above - int8multirange(int8range(NULL, sealed.sealed_below));
  END IF;

  -- Rule 5. Whoever drew an id below the limit either holds its lock on event right now or has ended.
  IF isempty(sealed.sealed_above) THEN
    sealed.hole_limit := NULL;
    sealed.hole_owners := NULL;
  ELSIF sealed.hole_limit IS NULL THEN
    sealed.hole_limit := upper(sealed.sealed_above);
    sealed.hole_owners := ARRAY(
      SELECT DISTINCT lock.virtualtransaction
      FROM pg_locks AS lock
      WHERE lock.locktype = 'relation'
        AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND lock.relation = 'event'::regclass
        AND lock.mode = 'RowExclusiveLock'
    );
  END IF;

  UPDATE seal_cursor
  SET sealed_below = sealed.sealed_below, sealed_above = sealed.sealed_above, hole_limit = sealed.hole_limit,
      hole_owners = sealed.hole_owners
  WHERE (seal_cursor.sealed_below, seal_cursor.sealed_above, seal_cursor.hole_limit)
    IS DISTINCT FROM (sealed.sealed_below, sealed.sealed_above, sealed.hole_limit);

  RETURN QUERY SELECT new_batch_id, found_count, oldest;
END
$function$;
