import type { ClaimedBatch } from './claimBatch.js';
import type { Outbox } from './database.js';

/** Extends a claim by `leaseMs` from now. False when it is no longer ours: another worker has taken the batch. */
export async function renewClaim(
  outbox: Outbox,
  batch: Pick<ClaimedBatch, 'id' | 'epoch'>,
  leaseMs: number,
): Promise<boolean> {
  const { rowCount } = await outbox.query(
    `UPDATE ${outbox.schema}.batch
     SET claim_expires_at = clock_timestamp() + $3::double precision * interval '1 millisecond'
     WHERE id = $1 AND claim_epoch = $2 AND status = 'SENDING'`,
    [batch.id, batch.epoch, leaseMs],
  );
  return rowCount === 1;
}
