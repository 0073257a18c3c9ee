import type { ClaimedBatch } from './claimBatch.js';
import { onlyRow, type Outbox } from './database.js';

/**
 * Counts the distinct event ids of a batch. They are as many as its events, unless an application gives its events ids of its
 * own and gives one twice: then each of the two is an event, and is delivered.
 */
export async function countDistinctEvents(outbox: Outbox, batch: Pick<ClaimedBatch, 'id'>): Promise<number> {
  const { events } = onlyRow(
    await outbox.query<{ events: string }>(
      `SELECT count(DISTINCT event.event_id) AS events
       FROM ${outbox.schema}.batch
       CROSS JOIN LATERAL unnest(batch.event_ids) AS owned
       JOIN ${outbox.schema}.event ON event.id >= lower(owned) AND event.id < upper(owned)
       WHERE batch.id = $1`,
      [batch.id],
    ),
  );
  return Number(events);
}
