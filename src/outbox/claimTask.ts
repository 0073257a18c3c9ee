import type { Outbox } from './database.js';

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
  readonly claimedBy: string;
  /** Counts the claims of this row; starts anew when the row was deleted and entered again. */
  readonly epoch: number;
  /** The request that this run answers: when it was made, in epoch seconds as Postgres writes them, to the microsecond. */
  readonly requestedAt: string | undefined;
}

/** The run that is under way. */
export interface TaskHolder {
  readonly epoch: number;
  /** Epoch milliseconds of Postgres's clock; a later look finds another time, as long as its worker renews the claim. */
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
 *
 * A due time more than two intervals ahead shows that Postgres's clock was set back: the task is due then, and its next
 * time is moved back by whole intervals. Nearer ones are waited for, since a clock that is only kept right moves too.
 * @returns undefined when the task is not entered
 */
export async function claimTask(
  outbox: Outbox,
  request: TaskClaimRequest,
): Promise<TaskClaimResult | undefined> {
  const { rows } = await outbox.query<ClaimRow>(
    `WITH claimed AS (
         UPDATE ${outbox.schema}.task
         SET claimed_by = $2,
             claim_epoch = claim_epoch + 1,
             claim_expires_at = clock_timestamp() + $3::double precision * interval '1 millisecond',
             last_started_at = clock_timestamp(),
             next_due_at = CASE
               WHEN $4 = 'message' THEN clock_timestamp() + interval_ms * interval '1 millisecond'
               ELSE next_due_at + interval '1 millisecond' * interval_ms * greatest(
                 CASE WHEN next_due_at <= clock_timestamp() + 2 * interval_ms * interval '1 millisecond' THEN 0 END,
                 1 + floor(extract(epoch FROM clock_timestamp() - next_due_at) * 1000 / interval_ms)
               )::double precision
             END
         WHERE name = $1
           AND (claim_expires_at IS NULL OR claim_expires_at <= clock_timestamp())
           AND (run_requested_at IS NOT NULL OR paused_at IS NULL AND CASE $4
             WHEN 'clock' THEN claim_expires_at IS NOT NULL OR next_due_at <= clock_timestamp()
               OR next_due_at > clock_timestamp() + 2 * interval_ms * interval '1 millisecond'
             WHEN 'message' THEN true
             ELSE false
           END)
         RETURNING claim_epoch, run_ttl_ms, extract(epoch FROM run_requested_at) AS run_requested_at
       )
       SELECT claimed.claim_epoch, claimed.run_ttl_ms, claimed.run_requested_at,
              paused_at IS NOT NULL AS paused,
              greatest(0, extract(epoch FROM next_due_at - clock_timestamp()) * 1000)::double precision AS due_in_ms,
              CASE WHEN claimed_by IS NOT NULL THEN task.claim_epoch END AS holder_epoch,
              (extract(epoch FROM claim_expires_at) * 1000)::double precision AS holder_expires_at_ms
       FROM ${outbox.schema}.task LEFT JOIN claimed ON true
       WHERE name = $1`,
    [request.name, request.claimedBy, request.leaseMs, request.trigger],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  if (row.claim_epoch !== null) {
    const { name, claimedBy } = request;
    const claim = { name, claimedBy, epoch: row.claim_epoch, requestedAt: row.run_requested_at ?? undefined };
    return { claimed: true, claim, ttlMs: row.run_ttl_ms ?? undefined };
  }
  const { holder_epoch: epoch, holder_expires_at_ms: expiresAtMs } = row;
  const holder = epoch === null || expiresAtMs === null ? undefined : { epoch, expiresAtMs };
  return { claimed: false, paused: row.paused, dueInMs: row.due_in_ms, holder };
}

interface ClaimRow {
  readonly claim_epoch: number | null;
  readonly run_ttl_ms: number | null;
  readonly run_requested_at: string | null;
  readonly paused: boolean;
  readonly due_in_ms: number;
  readonly holder_epoch: number | null;
  readonly holder_expires_at_ms: number | null;
}
