import type { TaskClaim } from './claimTask.js';
import type { Outbox } from './database.js';

/** Extends the claim of a task by `leaseMs` from now. False when it is no longer ours. */
export async function renewTask(outbox: Outbox, claim: TaskClaim, leaseMs: number): Promise<boolean> {
  const { rowCount } = await outbox.query(
    `UPDATE ${outbox.schema}.task
     SET claim_expires_at = clock_timestamp() + $4::double precision * interval '1 millisecond'
     WHERE name = $1 AND claim_epoch = $2 AND claimed_by = $3`,
    [claim.name, claim.epoch, claim.claimedBy, leaseMs],
  );
  return rowCount === 1;
}
