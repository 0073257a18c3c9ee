import type { Outbox } from './database.js';

export interface TaskDecision {
  readonly name: string;
  readonly performedBy: string;
  readonly reason?: string | undefined;
}

/**
 * Pauses a task: nothing starts it but a person who asks for a run. A run under way goes on to its end. Recorded.
 * @returns `paused`; `unchanged` when it was paused already; `unknown` when no worker has ever entered that task
 */
export async function pauseTask(
  outbox: Outbox,
  { name, performedBy, reason }: TaskDecision,
): Promise<'paused' | 'unchanged' | 'unknown'> {
  const { rows } = await outbox.query<{ changed: boolean }>(
    `WITH paused AS (
       UPDATE ${outbox.schema}.task SET paused_at = clock_timestamp(), paused_by = $2
       WHERE name = $1 AND paused_at IS NULL
       RETURNING name
     ),
     recorded AS (
       INSERT INTO ${outbox.schema}.operator_action (performed_by, action, reason, details)
       SELECT $2, 'pause', $3, jsonb_build_object('task', name) FROM paused
     )
     SELECT EXISTS (SELECT FROM paused) AS changed FROM ${outbox.schema}.task WHERE name = $1`,
    [name, performedBy, reason ?? null],
  );
  const [row] = rows;
  if (row === undefined) return 'unknown';
  return row.changed ? 'paused' : 'unchanged';
}
