import type { TaskClaim } from './claimTask.js';
import type { Outbox } from './database.js';

export interface TaskEnd {
  /** What went wrong, if something did. */
  readonly error: string | undefined;
  /** What the run did; none where it failed before it could tell. */
  readonly report: object | undefined;
}

/**
 * Gives the claim of a task back and notes how it ended. A request that came after the run began stands; times tell
 * nothing about that, since clocks are set back. False when the claim is no longer ours.
 */
export async function finishTask(outbox: Outbox, claim: TaskClaim, end: TaskEnd): Promise<boolean> {
  const { rowCount } = await outbox.query(
    `UPDATE ${outbox.schema}.task
     SET claimed_by = NULL, claim_expires_at = NULL, last_finished_at = clock_timestamp(),
         last_error = $5, last_report = $6,
         run_requested_at = CASE WHEN extract(epoch FROM run_requested_at) IS DISTINCT FROM $4::numeric THEN run_requested_at END,
         run_requested_by = CASE WHEN extract(epoch FROM run_requested_at) IS DISTINCT FROM $4::numeric THEN run_requested_by END,
         run_ttl_ms = CASE WHEN extract(epoch FROM run_requested_at) IS DISTINCT FROM $4::numeric THEN run_ttl_ms END
     WHERE name = $1 AND claim_epoch = $2 AND claimed_by = $3`,
    [
      claim.name,
      claim.epoch,
      claim.claimedBy,
      claim.requestedAt ?? null,
      end.error ?? null,
      end.report === undefined ? null : JSON.stringify(end.report),
    ],
  );
  return rowCount === 1;
}
