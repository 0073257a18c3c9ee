import { queryRows, type EventLog } from './client.js';

/** Whether the event log's replica on this server refuses inserts, as it does without Keeper. False where it has none. */
export async function readReplicaReadOnly(eventLog: EventLog, signal?: AbortSignal): Promise<boolean> {
  const [row] = await queryRows<{ is_readonly: number }>(
    eventLog,
    `SELECT is_readonly FROM system.replicas WHERE database = {database: String} AND table = {table: String}`,
    { database: eventLog.database, table: eventLog.table },
    signal,
  );
  return row?.is_readonly === 1;
}
