import { queryRows, type EventLog } from './client.js';
import { WaybillError } from '../waybillError.js';

interface TableRow {
  readonly engine: string;
  readonly engine_full: string;
}

/**
 * Refuses a table into which a batch that is sent again would be stored again.
 * @throws {WaybillError} `TABLE_MISSING`, `TABLE_WOULD_DOUBLE`
 */
export async function checkTable(eventLog: EventLog, signal?: AbortSignal): Promise<void> {
  const name = `${eventLog.database}.${eventLog.table}`;
  const [table] = await queryRows<TableRow>(
    eventLog,
    'SELECT engine, engine_full FROM system.tables WHERE database = {database: String} AND name = {table: String}',
    { database: eventLog.database, table: eventLog.table },
    signal,
  );
  if (table === undefined) {
    throw new WaybillError(
      'TABLE_MISSING',
      `ClickHouse has no table ${name}, or this user may not see it. Nothing was sent. Run: waybill migrate`,
    );
  }
  if (!table.engine.endsWith('MergeTree')) {
    throw new WaybillError(
      'TABLE_WOULD_DOUBLE',
      `${name} is a table of engine ${table.engine}, which stores a batch that is sent again a second time. ` +
        'Nothing was sent. Use a table of the MergeTree family, as waybill migrate makes it.',
    );
  }
  // Replicated and shared tables remember tokens unless told otherwise, plain ones only when told so.
  const remembersByItself = /^(Replicated|Shared)/.test(table.engine);
  const setting = remembersByItself
    ? 'replicated_deduplication_window'
    : 'non_replicated_deduplication_window';
  const found = new RegExp(`\\b${setting} = (\\d+)`).exec(table.engine_full)?.[1];
  const window = found === undefined ? (remembersByItself ? 1 : 0) : Number(found);
  if (window === 0) {
    throw new WaybillError(
      'TABLE_WOULD_DOUBLE',
      `${name} does not remember what it has stored (${setting} is 0), so a batch that is sent again would be stored ` +
        `again. Nothing was sent. Run: ALTER TABLE ${name} MODIFY SETTING ${setting} = 10000`,
    );
  }
}
