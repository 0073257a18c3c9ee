import { queryRows, quotedTable, type EventLog } from './client.js';

/** Tells whether the event log's table holds no row at all. */
export async function isTableEmpty(eventLog: EventLog): Promise<boolean> {
  const rows = await queryRows(eventLog, `SELECT 1 FROM ${quotedTable(eventLog)} LIMIT 1`);
  return rows.length === 0;
}
