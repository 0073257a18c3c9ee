import type { Outbox } from './database.js';
import type { TaskDecision } from './pauseTask.js';

export interface TaskRunRequest extends TaskDecision {
  /** Working time of the run, in milliseconds. Unlimited when not given. */
  readonly ttlMs?: number | undefined;
}

/**
 * Asks for a run now, whatever engine starts the task, and even while it is paused. A worker takes it up within two
 * seconds, after a run that is under way. A request that waits already is replaced. Recorded.
 * @returns when it was asked for, by Postgres's clock; `unknown` when no worker has ever entered that task
 */
export async function requestTaskRun(
  outbox: Outbox,
  { name, performedBy, reason, ttlMs }: TaskRunRequest,
): Promise<Date | 'unknown'> {
  const { rows } = await outbox.query<{ run_requested_at: Date }>(
    `WITH requested AS (
       UPDATE ${outbox.schema}.task
       SET run_requested_at = clock_timestamp(), run_requested_by = $2, run_ttl_ms = $4
       WHERE name = $1
       RETURNING name, run_requested_at
     ),
     recorded AS (
       INSERT INTO ${outbox.schema}.operator_action (performed_by, action, reason, details)
       SELECT $2, 'run', $3, jsonb_strip_nulls(jsonb_build_object('task', name, 'ttlMs', $4::double precision))
       FROM requested
     )
     SELECT run_requested_at FROM requested`,
    [name, performedBy, reason ?? null, ttlMs ?? null],
  );
  return rows[0]?.run_requested_at ?? 'unknown';
}
