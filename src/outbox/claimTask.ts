import { onlyRow, type Outbox } from './database.js';

export interface TaskClaimRequest {
  readonly name: string;
  readonly claimedBy: string;
  /** How long the claim holds without a renewal, in milliseconds. */
  readonly leaseMs: number;
}

export interface TaskClaim {
  readonly name: string;
  readonly epoch: number;
}

export type TaskClaimResult =
  | { readonly claimed: true; readonly claim: TaskClaim }
  | {
      readonly claimed: false;
      /** Until the task is due, in milliseconds; 0 when it is due but somebody runs it. */
      readonly dueInMs: number;
    };

/**
 * Claims a task that is due, or whose last claim has expired because its worker died. One winner among any number of
 * processes. The next due time moves on by whole intervals, so that times missed are caught up with one run.
 */
export async function claimTask(outbox: Outbox, request: TaskClaimRequest): Promise<TaskClaimResult> {
  const row = onlyRow(
    await outbox.query<{ claim_epoch: number | null; due_in_ms: number }>(
      `WITH claimed AS (
         UPDATE ${outbox.schema}.task
         SET claimed_by = $2,
             claim_epoch = claim_epoch + 1,
             claim_expires_at = clock_timestamp() + $3::double precision * interval '1 millisecond',
             last_started_at = clock_timestamp(),
             next_due_at = next_due_at + interval '1 millisecond' * interval_ms * greatest(0, 1 + floor(
               extract(epoch FROM clock_timestamp() - next_due_at) * 1000 / interval_ms))::double precision
         WHERE name = $1
           AND CASE
             WHEN claim_expires_at IS NULL THEN next_due_at <= clock_timestamp()
             ELSE claim_expires_at <= clock_timestamp()
           END
         RETURNING claim_epoch
       )
       SELECT (SELECT claim_epoch FROM claimed) AS claim_epoch,
              greatest(0, extract(epoch FROM next_due_at - clock_timestamp()) * 1000)::double precision AS due_in_ms
       FROM ${outbox.schema}.task
       WHERE name = $1`,
      [request.name, request.claimedBy, request.leaseMs],
    ),
  );
  return row.claim_epoch === null
    ? { claimed: false, dueInMs: row.due_in_ms }
    : { claimed: true, claim: { name: request.name, epoch: row.claim_epoch } };
}
