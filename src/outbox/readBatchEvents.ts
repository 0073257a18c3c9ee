import type { Outbox } from './database.js';
import { outboxEventColumns, type OutboxEvent } from './waitingEvent.js';

/** The events that a batch owns, as far as the outbox still has them, in the order of their ids, after one of them. */
export async function readBatchEvents(
  outbox: Outbox,
  batchId: string,
  afterId: string | undefined,
  limit: number,
): Promise<OutboxEvent[]> {
  const { schema } = outbox;
  const { rows } = await outbox.query<OutboxEvent>(
    `SELECT ${outboxEventColumns}
     FROM ${schema}.batch
     CROSS JOIN LATERAL unnest(batch.event_ids * int8multirange(int8range($2::bigint, NULL, '()'))) AS owned
     CROSS JOIN LATERAL (
       SELECT * FROM ${schema}.event
       WHERE event.id >= lower(owned) AND event.id < upper(owned)
       ORDER BY event.id
       OFFSET 0 -- keeps this a scan a range, in the order of the ranges
     ) AS event
     WHERE batch.id = $1
     LIMIT $3`,
    [batchId, afterId ?? '0', limit],
  );
  return rows;
}
