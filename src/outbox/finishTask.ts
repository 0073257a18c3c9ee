import type { TaskClaim } from './claimTask.js';
import type { Outbox } from './database.js';

/** Gives the claim of a task back and notes how it ended. False when it is no longer ours. */
export async function finishTask(
  outbox: Outbox,
  claim: TaskClaim,
  error: string | undefined,
): Promise<boolean> {
  const { rowCount } = await outbox.query(
    `UPDATE ${outbox.schema}.task
     SET claimed_by = NULL, claim_expires_at = NULL, last_finished_at = clock_timestamp(), last_error = $3
     WHERE name = $1 AND claim_epoch = $2`,
    [claim.name, claim.epoch, error ?? null],
  );
  return rowCount === 1;
}
