import { batchRecordColumns, errorCharsMax, type BatchRecord } from './batchRecord.js';
import type { Outbox } from './database.js';

export interface WholeBatchRecord extends BatchRecord {
  readonly refusedColumn: string | null;
  readonly purgesParent: boolean;
}

/** One batch. Undefined when there is none of this id, or its record is older than the retention. */
export async function readBatchRecord(
  outbox: Outbox,
  batchId: string,
): Promise<WholeBatchRecord | undefined> {
  const { rows } = await outbox.query<WholeBatchRecord>(
    `SELECT ${batchRecordColumns(errorCharsMax)},
            batch.refused_column AS "refusedColumn", batch.purge_parent AS "purgesParent"
     FROM ${outbox.schema}.batch
     WHERE batch.id = $1`,
    [batchId],
  );
  return rows[0];
}
