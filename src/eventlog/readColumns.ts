import { queryRows, type EventLog } from './client.js';

export interface TableColumn {
  readonly name: string;
  /** Such as `LowCardinality(String)`. */
  readonly type: string;
  /** DEFAULT, MATERIALIZED, ALIAS, EPHEMERAL, or empty. Only the first and the last can be inserted into. */
  readonly defaultKind: string;
}

/** The columns of the event log's table, in order. */
export async function readColumns(eventLog: EventLog, signal?: AbortSignal): Promise<TableColumn[]> {
  const rows = await queryRows<{ name: string; type: string; default_kind: string }>(
    eventLog,
    `SELECT name, type, default_kind
     FROM system.columns
     WHERE database = {database: String} AND table = {table: String}
     ORDER BY position`,
    { database: eventLog.database, table: eventLog.table },
    signal,
  );
  return rows.map(({ name, type, default_kind: defaultKind }) => ({ name, type, defaultKind }));
}
