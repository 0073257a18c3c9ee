import type { Outbox } from './database.js';

/** Notes that ClickHouse holds nothing any more of the batch that this one replaced. */
export async function markPurged(outbox: Outbox, batchId: string): Promise<void> {
  await outbox.query(
    `UPDATE ${outbox.schema}.batch SET purge_parent = false WHERE id = $1 AND status IN ('QUARANTINED', 'DROPPED')`,
    [batchId],
  );
}
