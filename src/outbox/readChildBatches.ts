import { batchRecordColumns, errorCharsInListMax, type BatchRecord } from './batchRecord.js';
import type { Outbox } from './database.js';

/** The batches that have replaced one, in the order of sealing. */
export async function readChildBatches(
  outbox: Outbox,
  parentId: string,
  limit: number,
): Promise<BatchRecord[]> {
  const { rows } = await outbox.query<BatchRecord>(
    `SELECT ${batchRecordColumns(errorCharsInListMax)}
     FROM ${outbox.schema}.batch
     WHERE batch.parent_id = $1
     ORDER BY batch.seq
     LIMIT $2`,
    [parentId, limit],
  );
  return rows;
}
