import type { Outbox } from './database.js';
import { runRecordColumns, type RunRecord } from './runRecord.js';

/** One run. Undefined when there is none of this id, or its record is older than the retention. */
export async function readRun(outbox: Outbox, runId: string): Promise<RunRecord | undefined> {
  const { rows } = await outbox.query<RunRecord>(
    `SELECT ${runRecordColumns} FROM ${outbox.schema}.run WHERE run.id = $1`,
    [runId],
  );
  return rows[0];
}
