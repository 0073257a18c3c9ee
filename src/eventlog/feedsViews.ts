import { queryRows, type EventLog } from './client.js';

/** Tells whether materialized views are fed by the inserts into the event log's table. */
export async function feedsViews(eventLog: EventLog, signal?: AbortSignal): Promise<boolean> {
  const rows = await queryRows(
    eventLog,
    `SELECT 1 FROM system.tables
     WHERE database = {database: String} AND name = {table: String} AND notEmpty(dependencies_table)`,
    { database: eventLog.database, table: eventLog.table },
    signal,
  );
  return rows.length > 0;
}
