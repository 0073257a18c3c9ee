import type { EventLog } from '../eventlog/client.js';
import { inTransaction, type Outbox } from '../outbox/database.js';
import { ensurePartitions } from '../outbox/ensurePartitions.js';
import { WaybillError } from '../waybillError.js';
import { migrateClickHouse, pendingClickHouseMigrations, type TableOptions } from './clickhouseMigrations.js';
import { lockMigrations, migratePostgres, pendingPostgresMigrations } from './postgresMigrations.js';

export interface MigrationReport {
  /** Names of the migrations applied; empty when the database was up to date. */
  readonly postgres: readonly string[];
  readonly clickhouse: readonly string[];
  /** Names of the partitions of table `event` that were made ahead. */
  readonly partitions: readonly string[];
}

export interface MigrateOptions extends TableOptions {
  readonly eventPartitionSize: number;
}

/**
 * Brings both databases up to date. Safe to run again and by several processes at once: they take turns, ClickHouse's
 * part too, for which a lock in Postgres stands.
 * @throws {WaybillError} `SCHEMA_TOO_NEW`, `MIGRATION_CHANGED`
 */
export async function migrate(
  outbox: Outbox,
  eventLog: EventLog,
  options: MigrateOptions,
): Promise<MigrationReport> {
  const postgres = await migratePostgres(outbox);
  const clickhouse = await inTransaction(outbox, async (client) => {
    await lockMigrations(client, outbox);
    return migrateClickHouse(eventLog, options);
  });
  const partitions = await ensurePartitions(outbox, options.eventPartitionSize);
  return { postgres, clickhouse, partitions };
}

/**
 * Makes sure that both databases are as this version needs them, before anything is sent.
 * @throws {WaybillError} `NOT_MIGRATED`, `SCHEMA_TOO_NEW`, `MIGRATION_CHANGED`
 */
export async function assertMigrated(outbox: Outbox, eventLog: EventLog): Promise<void> {
  const pending = [
    ...(await pendingPostgresMigrations(outbox)).map(({ name }) => `Postgres ${name}`),
    ...(await pendingClickHouseMigrations(eventLog)).map(({ name }) => `ClickHouse ${name}`),
  ];
  if (pending.length === 0) return;
  throw new WaybillError(
    'NOT_MIGRATED',
    `The databases lack ${pending.join(', ')}. Nothing was sent; events are kept in the outbox. Run: waybill migrate`,
  );
}
