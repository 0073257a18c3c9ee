import { attemptRecordColumns, type AttemptRecord } from './attemptRecord.js';
import type { Outbox } from './database.js';

/** The attempts to send a batch, the latest first. */
export async function readBatchAttempts(
  outbox: Outbox,
  batchId: string,
  limit: number,
): Promise<AttemptRecord[]> {
  const { rows } = await outbox.query<AttemptRecord>(
    `SELECT ${attemptRecordColumns}
     FROM ${outbox.schema}.attempt
     WHERE attempt.batch_id = $1
     ORDER BY attempt.started_at DESC, attempt.id DESC
     LIMIT $2`,
    [batchId, limit],
  );
  return rows;
}
