import { resolveOptions, type GivenOptions, type WaybillOptions } from '../config/options.js';
import { closeEventLog, openEventLog } from '../eventlog/client.js';
import { closeOutbox, openOutbox } from '../outbox/database.js';
import { WaybillError } from '../waybillError.js';
import { migrate, type MigrationReport } from './migrate.js';

/** Creating a table on a cluster waits for every replica. */
const statementTimeoutMs = 120_000;

/**
 * Brings both databases up to date, as `waybill migrate` does. Options not given come from the environment.
 * @throws {InvalidOptionsError}, {WaybillError} `SCHEMA_TOO_NEW`, `MIGRATION_CHANGED`
 */
export async function migrateDatabases(given: GivenOptions = {}): Promise<MigrationReport> {
  return migrateWith(resolveOptions({ given, required: ['databaseUrl', 'clickhouseUrl'] }).options);
}

/** The same, for options that are resolved already. */
export async function migrateWith(options: WaybillOptions): Promise<MigrationReport> {
  const { databaseUrl, clickhouseUrl, schema } = options;
  if (databaseUrl === undefined || clickhouseUrl === undefined) {
    throw new WaybillError(
      'INVALID_OPTIONS',
      'DATABASE_URL and CLICKHOUSE_URL must be set. Nothing was changed.',
    );
  }
  const outbox = openOutbox({ databaseUrl, schema, connectionsMax: 2 });
  const eventLog = openEventLog({
    clickhouseUrl,
    database: options.clickhouseDatabase,
    table: options.clickhouseTable,
    timeoutMs: statementTimeoutMs,
    connectionsMax: 2,
  });
  try {
    return await migrate(outbox, eventLog, options);
  } finally {
    await closeEventLog(eventLog);
    await closeOutbox(outbox);
  }
}
