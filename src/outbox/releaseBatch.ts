import { attemptValues, type Attempt, type AttemptOutcome } from './attempt.js';
import type { ClaimedBatch } from './claimBatch.js';
import { onlyRow, type Outbox } from './database.js';

export interface Release {
  readonly outcome: Extract<AttemptOutcome, 'unknown' | 'unavailable' | 'misconfigured'>;
  /** Nobody sends the batch again before this many milliseconds from now. */
  readonly notBeforeMs: number;
}

/**
 * Returns a batch to AWAITING_DELIVERY after an attempt that did not deliver it, and records the attempt, in one
 * statement. False when the claim was lost: the batch is left as the other worker has it.
 */
export async function releaseBatch(
  outbox: Outbox,
  batch: ClaimedBatch,
  attempt: Attempt,
  release: Release,
): Promise<boolean> {
  const { outcome } = onlyRow(
    await outbox.query<{ outcome: string }>(
      `WITH released AS (
         UPDATE ${outbox.schema}.batch
         SET status = 'AWAITING_DELIVERY', claimed_by = NULL, claim_expires_at = NULL,
             not_before = clock_timestamp() + $11::double precision * interval '1 millisecond',
             last_error_code = $9, last_error = $10
         WHERE id = $1 AND claim_epoch = $2 AND status = 'SENDING'
         RETURNING id
       )
       INSERT INTO ${outbox.schema}.attempt
         (batch_id, number, run_id, started_at, duration_ms, rows, bytes, error_code, error_text, outcome)
       SELECT $1, $3, $4, $5, $6, $7, $8, $9, $10,
              CASE WHEN EXISTS (SELECT FROM released) THEN $12 ELSE 'claim_lost' END
       RETURNING outcome`,
      [
        batch.id,
        batch.epoch,
        batch.attemptCount,
        ...attemptValues(attempt),
        release.notBeforeMs,
        release.outcome,
      ],
    ),
  );
  return outcome !== 'claim_lost';
}
