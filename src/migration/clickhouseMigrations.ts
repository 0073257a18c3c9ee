import type { WaybillOptions } from '../config/options.js';
import { queryRows, quoteName, type EventLog } from '../eventlog/client.js';
import {
  fillPlaceholders,
  pendingMigrations,
  readMigrations,
  type AppliedMigration,
  type Migration,
} from './migrations.js';

export type TableOptions = Pick<
  WaybillOptions,
  'clickhouseDatabase' | 'clickhouseTable' | 'clickhouseEngine' | 'clickhouseCluster'
>;

/** Blocks whose tokens the table remembers: with two blocks a batch (two months), the last 5,000 batches. */
const deduplicationWindowBlocks = 10_000;
const deduplicationWindowSeconds = 7 * 24 * 60 * 60;

/**
 * Brings the event log's table up to date. ClickHouse has no transactions for this, so each statement may be run
 * again; the caller makes sure that one process does it at a time.
 * @returns the names of the migrations that were applied
 */
export async function migrateClickHouse(eventLog: EventLog, options: TableOptions): Promise<string[]> {
  const names = placeholders(options);
  // Asked for first: CREATE DATABASE IF NOT EXISTS wants the right to create databases even where there is one.
  if (!(await databaseExists(eventLog))) await runStatement(eventLog, createDatabaseText(names));
  if (!(await recordExists(eventLog))) await runStatement(eventLog, createRecordText(names));
  const pending = pendingMigrations(readMigrations('clickhouse'), await readApplied(eventLog), 'ClickHouse');
  for (const migration of pending) {
    for (const statement of splitStatements(fillPlaceholders(migration.text, names)))
      await runStatement(eventLog, statement);
    await runStatement(eventLog, recordText(migration, names));
  }
  return pending.map((migration) => migration.name);
}

/** The migrations that the event log lacks. Changes nothing. */
export async function pendingClickHouseMigrations(eventLog: EventLog): Promise<Migration[]> {
  const applied = (await recordExists(eventLog)) ? await readApplied(eventLog) : [];
  return pendingMigrations(readMigrations('clickhouse'), applied, 'ClickHouse');
}

/** The migrations from number `from` on as SQL, for those who run them with a tool of their own. */
export function printClickHouseMigrations(options: TableOptions, from = 1): string {
  const names = placeholders(options);
  const wanted = readMigrations('clickhouse').filter(({ number }) => number >= from);
  const migrations = wanted.map((migration) =>
    [
      `-- ${migration.name}`,
      fillPlaceholders(migration.text, names).trim(),
      `${recordText(migration, names)};`,
    ].join('\n'),
  );
  const start = from > 1 ? [] : [`${createDatabaseText(names)};`, `${createRecordText(names)};`];
  return [...start, ...migrations].join('\n\n');
}

function placeholders(options: TableOptions): Record<string, string> {
  const { clickhouseCluster: cluster, clickhouseEngine: engine } = options;
  const window = String(deduplicationWindowBlocks);
  return {
    ':"database"': quoteName(options.clickhouseDatabase),
    ':"table"': quoteName(options.clickhouseTable),
    ':"record"': quoteName(`${options.clickhouseTable}_migration`),
    ':on_cluster': cluster === undefined ? '' : `ON CLUSTER ${quoteName(cluster)}`,
    ':engine': engine,
    ':settings':
      engine === 'MergeTree'
        ? `non_replicated_deduplication_window = ${window}`
        : `replicated_deduplication_window = ${window}, ` +
          `replicated_deduplication_window_seconds = ${String(deduplicationWindowSeconds)}`,
  };
}

function createDatabaseText(names: Readonly<Record<string, string>>): string {
  return fillPlaceholders('CREATE DATABASE IF NOT EXISTS :"database" :on_cluster', names).trim();
}

function createRecordText(names: Readonly<Record<string, string>>): string {
  return fillPlaceholders(
    `CREATE TABLE IF NOT EXISTS :"database".:"record" :on_cluster
(
  number UInt32,
  name String,
  breaking Bool,
  checksum String,
  applied_at DateTime('UTC') DEFAULT now()
)
ENGINE = :engine
ORDER BY number`,
    names,
  );
}

function recordText(migration: Migration, names: Readonly<Record<string, string>>): string {
  const { number, name, breaking, checksum } = migration;
  return fillPlaceholders(
    `INSERT INTO :"database".:"record" (number, name, breaking, checksum)\n` +
      `VALUES (${String(number)}, '${name}', ${String(breaking)}, '${checksum}')`,
    names,
  );
}

async function databaseExists(eventLog: EventLog): Promise<boolean> {
  const rows = await queryRows(eventLog, 'SELECT 1 FROM system.databases WHERE name = {database: String}', {
    database: eventLog.database,
  });
  return rows.length > 0;
}

async function recordExists(eventLog: EventLog): Promise<boolean> {
  const rows = await queryRows(
    eventLog,
    'SELECT 1 FROM system.tables WHERE database = {database: String} AND name = {record: String}',
    { database: eventLog.database, record: `${eventLog.table}_migration` },
  );
  return rows.length > 0;
}

async function readApplied(eventLog: EventLog): Promise<AppliedMigration[]> {
  return queryRows<AppliedMigration>(
    eventLog,
    `SELECT DISTINCT number, name, breaking, checksum
     FROM ${quoteName(eventLog.database)}.${quoteName(`${eventLog.table}_migration`)} ORDER BY number`,
  );
}

/** Our own files end each statement with a semicolon at a line's end, and use it nowhere else so. */
function splitStatements(text: string): string[] {
  return text
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

async function runStatement(eventLog: EventLog, statement: string): Promise<void> {
  await eventLog.client.command({
    query: statement,
    clickhouse_settings: { wait_end_of_query: 1, async_insert: 0, distributed_ddl_task_timeout: '60' },
  });
}
