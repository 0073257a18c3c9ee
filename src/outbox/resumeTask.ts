import type { Outbox } from './database.js';
import type { TaskDecision } from './pauseTask.js';

/**
 * Lets a paused task run again. What it missed meanwhile is caught up with one run. Recorded.
 * @returns `resumed`; `unchanged` when it was not paused; `unknown` when no worker has ever entered that task
 */
export async function resumeTask(
  outbox: Outbox,
  { name, performedBy, reason }: TaskDecision,
): Promise<'resumed' | 'unchanged' | 'unknown'> {
  const { rows } = await outbox.query<{ changed: boolean }>(
    `WITH resumed AS (
       UPDATE ${outbox.schema}.task SET paused_at = NULL, paused_by = NULL
       WHERE name = $1 AND paused_at IS NOT NULL
       RETURNING name
     ),
     recorded AS (
       INSERT INTO ${outbox.schema}.operator_action (performed_by, action, reason, details)
       SELECT $2, 'resume', $3, jsonb_build_object('task', name) FROM resumed
     )
     SELECT EXISTS (SELECT FROM resumed) AS changed FROM ${outbox.schema}.task WHERE name = $1`,
    [name, performedBy, reason ?? null],
  );
  const [row] = rows;
  if (row === undefined) return 'unknown';
  return row.changed ? 'resumed' : 'unchanged';
}
