import { quotedTable, quoteName, type EventLog } from './client.js';
import { ofBatchParameters, ofBatchText, type BatchToCount } from './countBatch.js';

/**
 * Deletes every row of a batch, on all replicas, and resolves when that is done. Only for a batch that was REPLACED:
 * nothing is ever sent under its id again, so a delete that comes late, from a worker that was stopped, hits nothing else.
 */
export async function deleteBatch(
  eventLog: EventLog,
  batch: BatchToCount,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted(); // the client heeds only a signal that fires later
  const onCluster = eventLog.cluster === undefined ? '' : `ON CLUSTER ${quoteName(eventLog.cluster)}`;
  await eventLog.client.command({
    query: `ALTER TABLE ${quotedTable(eventLog)} ${onCluster} DELETE WHERE ${ofBatchText}`,
    query_params: ofBatchParameters(batch),
    clickhouse_settings: { mutations_sync: '2', wait_end_of_query: 1 },
    ...(signal === undefined ? {} : { abort_signal: signal }),
  });
}
