import { attemptValues, type Attempt } from './attempt.js';
import type { ClaimedBatch } from './claimBatch.js';
import { onlyRow, type Outbox } from './database.js';

/**
 * Marks a batch DELIVERED and records the attempt, in one statement. An error of the attempt is kept with both: that of a
 * view on the table which failed although the table has the batch.
 * False when the claim was lost: the batch is left as the other worker has it, and the attempt is kept as `claim_lost`.
 *
 * Its commit does not wait for the disk. Should Postgres crash before it is there, the batch is SENDING again: once its
 * claim expires, ClickHouse is found to hold it. Whatever was done because a batch is DELIVERED comes later in the WAL,
 * so it is either lost as well, or the mark is not.
 */
export async function markDelivered(outbox: Outbox, batch: ClaimedBatch, attempt: Attempt): Promise<boolean> {
  const { outcome } = onlyRow(
    await outbox.query<{ outcome: string }>(
      `WITH delivered AS (
         UPDATE ${outbox.schema}.batch
         SET status = 'DELIVERED', delivered_at = clock_timestamp(), claimed_by = NULL, claim_expires_at = NULL,
             last_error_code = $9, last_error = $10
         WHERE id = $1 AND claim_epoch = $2 AND status = 'SENDING'
         RETURNING id
       )
       INSERT INTO ${outbox.schema}.attempt
         (batch_id, number, run_id, started_at, duration_ms, rows, bytes, error_code, error_text, outcome)
       SELECT $1, $3, $4, $5, $6, $7, $8, $9, $10,
              CASE WHEN EXISTS (SELECT FROM delivered) THEN 'delivered' ELSE 'claim_lost' END
       FROM set_config('synchronous_commit', 'off', true) -- of this transaction alone
       RETURNING outcome`,
      [batch.id, batch.epoch, batch.attemptCount, ...attemptValues(attempt)],
    ),
  );
  return outcome === 'delivered';
}
