import type { Outbox } from './database.js';
import {
  decidedAtOnceMax,
  quarantineFilterText,
  quarantineFilterValues,
  type Decision,
  type QuarantineFilter,
} from './quarantineFilter.js';

/**
 * Lets quarantined events be sent again, due at once, because the table was mended, and records who decided so, in one
 * statement. Their attempts stay counted, so that each is looked for in ClickHouse before it is sent.
 *
 * Takes a thousand events at most, the oldest; call it again until it returns none.
 * @returns the ids of the events released; an event that somebody else has dealt with meanwhile is not among them
 */
export async function releaseQuarantined(
  outbox: Outbox,
  filter: QuarantineFilter,
  decision: Decision,
): Promise<string[]> {
  const { schema } = outbox;
  const { rows } = await outbox.query<{ released_id: string }>(
    `WITH chosen AS (
       SELECT batch_id, event_id, event_type, error_code, refused_column
       FROM ${schema}.quarantined_event
       WHERE ${quarantineFilterText}
       ORDER BY seq
       LIMIT $4
     ),
     released AS (
       UPDATE ${schema}.batch
       SET status = 'AWAITING_DELIVERY', not_before = '-infinity', refused_column = NULL
       FROM chosen
       WHERE batch.id = chosen.batch_id AND batch.status = 'QUARANTINED'
       RETURNING chosen.*, batch.event_count
     ),
     recorded AS (
       INSERT INTO ${schema}.operator_action (performed_by, action, batch_id, event_count, reason, details)
       SELECT $5, 'release', batch_id, event_count, $6,
              jsonb_build_object('eventId', event_id, 'eventType', event_type, 'code', error_code, 'column', refused_column)
       FROM released
     )
     SELECT coalesce(event_id, batch_id) AS released_id FROM released`,
    [...quarantineFilterValues(filter), decidedAtOnceMax, decision.performedBy, decision.reason ?? null],
  );
  return rows.map((row) => row.released_id);
}
