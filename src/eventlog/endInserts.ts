import { queryRows, quoteName, type EventLog } from './client.js';

/** Every insert of a batch has a query id that begins so. */
export function insertQueryIdPrefix(batchId: string): string {
  return `waybill-${batchId}-`;
}

/**
 * Ends every insert of a batch that still runs in ClickHouse, and resolves when none runs any more. What it had not
 * stored by then, it never will. Needs no rights: they are queries of the same user.
 * @returns how many there were
 */
export async function endInserts(eventLog: EventLog, batchId: string, signal?: AbortSignal): Promise<number> {
  const onCluster = eventLog.cluster === undefined ? '' : `ON CLUSTER ${quoteName(eventLog.cluster)}`;
  const ended = await queryRows(
    eventLog,
    `KILL QUERY ${onCluster} WHERE user = currentUser() AND startsWith(query_id, {prefix: String}) SYNC`,
    { prefix: insertQueryIdPrefix(batchId) },
    signal,
  );
  return ended.length;
}
