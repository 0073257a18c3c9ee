import type { Outbox } from './database.js';
import type { BatchStatus } from './batchRecord.js';
import { outboxEvent, outboxEventColumns, type OutboxEvent } from './waitingEvent.js';

/** An event of a batch, and who owns it now: the batch itself, or one that has replaced it. */
export interface BatchEvent {
  readonly event: OutboxEvent;
  readonly owner: { readonly id: string; readonly status: BatchStatus };
}

/** The events that a batch owns, as far as the outbox still has them, in the order of their ids, after one of them. */
export async function readBatchEvents(
  outbox: Outbox,
  batchId: string,
  afterId: string | undefined,
  limit: number,
): Promise<BatchEvent[]> {
  const { schema } = outbox;
  const { rows } = await outbox.query<OutboxEvent & { ownerId: string; ownerStatus: BatchStatus }>(
    `SELECT ${outboxEventColumns}, owner.id AS "ownerId", owner.status AS "ownerStatus"
     FROM ${schema}.batch
     CROSS JOIN LATERAL unnest(batch.event_ids * int8multirange(int8range($2::bigint, NULL, '()'))) AS owned
     CROSS JOIN LATERAL (
       SELECT * FROM ${schema}.event
       WHERE event.id >= lower(owned) AND event.id < upper(owned)
       ORDER BY event.id
       OFFSET 0 -- keeps this a scan a range, in the order of the ranges
     ) AS event
     CROSS JOIN LATERAL (
       SELECT owner.id, owner.status FROM ${schema}.batch AS owner
       WHERE owner.event_ids @> event.id
       ORDER BY owner.seq DESC
       LIMIT 1
     ) AS owner
     WHERE batch.id = $1
     LIMIT $3`,
    [batchId, afterId ?? '0', limit],
  );
  return rows.map((row) => ({
    event: outboxEvent(row),
    owner: { id: row.ownerId, status: row.ownerStatus },
  }));
}
