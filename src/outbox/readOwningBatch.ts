import type { Outbox } from './database.js';
import type { OwningBatch } from './findOutboxEvent.js';
import { isoText } from './isoText.js';

/** What is known of a batch, by its id. Undefined when its record is older than the retention. */
export async function readOwningBatch(outbox: Outbox, batchId: string): Promise<OwningBatch | undefined> {
  const { rows } = await outbox.query<OwningBatch>(
    `SELECT id, status, event_count AS "eventCount", attempt_count AS "attemptCount", ${isoText('sealed_at')} AS "sealedAt",
            ${isoText('delivered_at')} AS "deliveredAt", last_error_code AS "lastErrorCode"
     FROM ${outbox.schema}.batch
     WHERE id = $1`,
    [batchId],
  );
  return rows[0];
}
