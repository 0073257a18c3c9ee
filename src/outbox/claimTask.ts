import { onlyRow, type Outbox } from './database.js';

/**
 * What makes a task run:
 * - `clock`: its due time has come, or the worker that ran it died;
 * - `message`: a broker says so;
 * - `request`: nothing but a person who asked for a run now, whom the other two heed as well.
 */
export type TaskTrigger = 'clock' | 'message' | 'request';

export interface TaskClaimRequest {
  readonly name: string;
  readonly trigger: TaskTrigger;
  readonly claimedBy: string;
  /** How long the claim holds without a renewal, in milliseconds. */
  readonly leaseMs: number;
}

export interface TaskClaim {
  readonly name: string;
  readonly epoch: number;
}

/** The run that is under way. */
export interface TaskHolder {
  readonly epoch: number;
  /** Epoch milliseconds of Postgres's clock; a later look finds a later time, as long as its worker renews the claim. */
  readonly expiresAtMs: number;
}

export type TaskClaimResult =
  | {
      readonly claimed: true;
      readonly claim: TaskClaim;
      /** Working time that whoever asked for this run gave it, in milliseconds. */
      readonly ttlMs: number | undefined;
    }
  | {
      readonly claimed: false;
      /** A person has paused the task. */
      readonly paused: boolean;
      /** Until the task is due, in milliseconds; 0 when it is due. */
      readonly dueInMs: number;
      readonly holder: TaskHolder | undefined;
    };

/**
 * Claims a task for one run, when `trigger` allows one and no other is under way. One winner among any number of
 * processes, whatever engines they use. A claim that has expired, because its worker died, is taken over.
 *
 * The next due time moves on by whole intervals, so that times missed are caught up with one run, and a run that was
 * asked for between two of them moves none. A broker keeps its own time: there the next message is expected an interval on.
 */
export async function claimTask(outbox: Outbox, request: TaskClaimRequest): Promise<TaskClaimResult> {
  const row = onlyRow(
    await outbox.query<ClaimRow>(
      `WITH claimed AS (
         UPDATE ${outbox.schema}.task
         SET claimed_by = $2,
             claim_epoch = claim_epoch + 1,
             claim_expires_at = clock_timestamp() + $3::double precision * interval '1 millisecond',
             last_started_at = clock_timestamp(),
             next_due_at = CASE
               WHEN $4 = 'message' THEN clock_timestamp() + interval_ms * interval '1 millisecond'
               ELSE next_due_at + interval '1 millisecond' * interval_ms * greatest(0, 1 + floor(
                 extract(epoch FROM clock_timestamp() - next_due_at) * 1000 / interval_ms))::double precision
             END
         WHERE name = $1
           AND (claim_expires_at IS NULL OR claim_expires_at <= clock_timestamp())
           AND (run_requested_at IS NOT NULL OR paused_at IS NULL AND CASE $4
             WHEN 'clock' THEN claim_expires_at IS NOT NULL OR next_due_at <= clock_timestamp()
             WHEN 'message' THEN true
             ELSE false
           END)
         RETURNING claim_epoch, run_ttl_ms
       )
       SELECT claimed.claim_epoch, claimed.run_ttl_ms,
              paused_at IS NOT NULL AS paused,
              greatest(0, extract(epoch FROM next_due_at - clock_timestamp()) * 1000)::double precision AS due_in_ms,
              CASE WHEN claimed_by IS NOT NULL THEN task.claim_epoch END AS holder_epoch,
              (extract(epoch FROM claim_expires_at) * 1000)::double precision AS holder_expires_at_ms
       FROM ${outbox.schema}.task LEFT JOIN claimed ON true
       WHERE name = $1`,
      [request.name, request.claimedBy, request.leaseMs, request.trigger],
    ),
  );
  if (row.claim_epoch !== null) {
    const claim = { name: request.name, epoch: row.claim_epoch };
    return { claimed: true, claim, ttlMs: row.run_ttl_ms ?? undefined };
  }
  const { holder_epoch: epoch, holder_expires_at_ms: expiresAtMs } = row;
  const holder = epoch === null || expiresAtMs === null ? undefined : { epoch, expiresAtMs };
  return { claimed: false, paused: row.paused, dueInMs: row.due_in_ms, holder };
}

interface ClaimRow {
  readonly claim_epoch: number | null;
  readonly run_ttl_ms: number | null;
  readonly paused: boolean;
  readonly due_in_ms: number;
  readonly holder_epoch: number | null;
  readonly holder_expires_at_ms: number | null;
}
