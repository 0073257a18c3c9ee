import { quotedTable, queryRows, type EventLog } from './client.js';
import { ofBatchParameters, ofBatchText, type BatchToCount } from './countBatch.js';
import { insertQueryIdPrefix } from './endInserts.js';
import { rowText } from './summariseBatches.js';

/** Different rows among those of a batch, apart from columns that are not ours. */
export async function countDifferentRows(eventLog: EventLog, batch: BatchToCount): Promise<number> {
  const [row] = await queryRows<{ rows: string }>(
    eventLog,
    `SELECT toString(uniqExact(SHA256(${rowText}))) AS rows
     FROM ${quotedTable(eventLog)}
     WHERE ${ofBatchText}`,
    ofBatchParameters(batch),
  );
  return Number(row?.rows ?? 0);
}

/**
 * Stores one row of each event of a batch under another batch's id. For a batch whose rows are there more than once.
 * Not deduplicated: the caller makes sure that nothing is there under the new id, and counts afterwards.
 */
export async function copyBatch(eventLog: EventLog, batch: BatchToCount, copyId: string): Promise<void> {
  await eventLog.client.command({
    query: `
      INSERT INTO ${quotedTable(eventLog)}
      SELECT * REPLACE ({copyId: UUID} AS batch_id)
      FROM ( -- without which the condition would see the new id: the replacement is an alias
        SELECT * FROM ${quotedTable(eventLog)}
        WHERE ${ofBatchText}
        LIMIT 1 BY event_id
      )`,
    query_params: { ...ofBatchParameters(batch), copyId },
    query_id: `${insertQueryIdPrefix(copyId)}copy`,
    clickhouse_settings: {
      insert_deduplicate: 0,
      async_insert: 0,
      max_partitions_per_insert_block: '0',
      select_sequential_consistency: '1',
      wait_end_of_query: 1,
    },
  });
}
