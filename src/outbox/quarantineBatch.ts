import { attemptValues, type Attempt } from './attempt.js';
import type { ClaimedBatch } from './claimBatch.js';
import { onlyRow, type Outbox } from './database.js';

/**
 * Puts a batch of one event into QUARANTINED, because ClickHouse refuses the event for its data and holds nothing of
 * it, and records the attempt, in one statement. There it stays until a person releases or drops it.
 * False when the claim was lost: the batch is left as the other worker has it.
 * @param refusedColumn the column whose value was refused, where ClickHouse said which
 */
export async function quarantineBatch(
  outbox: Outbox,
  batch: ClaimedBatch,
  attempt: Attempt,
  refusedColumn: string | undefined,
): Promise<boolean> {
  const { outcome } = onlyRow(
    await outbox.query<{ outcome: string }>(
      `WITH quarantined AS (
         UPDATE ${outbox.schema}.batch
         SET status = 'QUARANTINED', claimed_by = NULL, claim_expires_at = NULL, last_error_code = $9,
             last_error = $10, refused_column = $11
         WHERE id = $1 AND claim_epoch = $2 AND status = 'SENDING'
         RETURNING id
       )
       INSERT INTO ${outbox.schema}.attempt
         (batch_id, number, run_id, started_at, duration_ms, rows, bytes, error_code, error_text, outcome)
       SELECT $1, $3, $4, $5, $6, $7, $8, $9, $10,
              CASE WHEN EXISTS (SELECT FROM quarantined) THEN 'rejected' ELSE 'claim_lost' END
       RETURNING outcome`,
      [batch.id, batch.epoch, batch.attemptCount, ...attemptValues(attempt), refusedColumn ?? null],
    ),
  );
  return outcome === 'rejected';
}
