import { attemptRecordColumns, type AttemptRecord } from './attemptRecord.js';
import type { Outbox } from './database.js';

/**
 * The attempts of a run, the latest first. Found by the time in which it ran, which has an index: that of a run whose
 * worker died is taken to be a day.
 */
export async function readRunAttempts(
  outbox: Outbox,
  runId: string,
  limit: number,
): Promise<AttemptRecord[]> {
  const { rows } = await outbox.query<AttemptRecord>(
    `SELECT ${attemptRecordColumns}
     FROM ${outbox.schema}.run
     JOIN ${outbox.schema}.attempt
       ON attempt.started_at >= run.started_at - interval '1 minute' -- the clock of the worker may be set back
       AND attempt.started_at <= coalesce(run.finished_at, run.started_at + interval '1 day')
       AND attempt.run_id = run.id
     WHERE run.id = $1
     ORDER BY attempt.started_at DESC, attempt.id DESC
     LIMIT $2`,
    [runId, limit],
  );
  return rows;
}
