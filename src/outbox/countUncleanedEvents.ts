import { onlyRow, type Outbox } from './database.js';

/**
 * Counts the events of delivered or dropped batches that reach the id `fromId` or beyond and are not cleaned. It adds up
 * what the batches count and looks at no event, so one that begins below `fromId` counts whole.
 */
export async function countUncleanedEvents(outbox: Outbox, fromId: number): Promise<number> {
  const result = await outbox.query<{ events: string }>(
    `SELECT coalesce(sum(event_count), 0) AS events
     FROM ${outbox.schema}.batch
     WHERE status IN ('DELIVERED', 'DROPPED') AND cleaned_at IS NULL AND upper(event_ids) > $1::bigint`,
    [fromId],
  );
  return Number(onlyRow(result).events);
}
