import type { Outbox } from './database.js';
import {
  decidedAtOnceMax,
  quarantineFilterText,
  quarantineFilterValues,
  type Decision,
  type QuarantineFilter,
} from './quarantineFilter.js';

/**
 * Gives quarantined events up: they are never delivered, and cleaning deletes their rows. Records who decided so, in one
 * statement. What an event was remains known by its id and type in table `operator_action`.
 *
 * Takes a thousand events at most, the oldest; call it again until it returns none.
 * @returns the ids of the events dropped; an event that somebody else has dealt with meanwhile is not among them
 */
export async function dropQuarantined(
  outbox: Outbox,
  filter: QuarantineFilter,
  decision: Decision,
): Promise<string[]> {
  const { schema } = outbox;
  const { rows } = await outbox.query<{ dropped_id: string }>(
    `WITH chosen AS (
       SELECT batch_id, event_id, event_type, error_code, refused_column
       FROM ${schema}.quarantined_event
       WHERE ${quarantineFilterText}
       ORDER BY seq
       LIMIT $4
     ),
     dropped AS (
       UPDATE ${schema}.batch
       SET status = 'DROPPED', closed_at = clock_timestamp()
       FROM chosen
       WHERE batch.id = chosen.batch_id AND batch.status = 'QUARANTINED'
       RETURNING chosen.*, batch.event_count
     ),
     recorded AS (
       INSERT INTO ${schema}.operator_action (performed_by, action, batch_id, event_count, reason, details)
       SELECT $5, 'drop', batch_id, event_count, $6,
              jsonb_build_object('eventId', event_id, 'eventType', event_type, 'code', error_code, 'column', refused_column)
       FROM dropped
     )
     SELECT coalesce(event_id, batch_id) AS dropped_id FROM dropped`,
    [...quarantineFilterValues(filter), decidedAtOnceMax, decision.performedBy, decision.reason ?? null],
  );
  return rows.map((row) => row.dropped_id);
}
