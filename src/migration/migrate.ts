import type { EventLog } from '../eventlog/client.js';
import { inTransaction, type Outbox } from '../outbox/database.js';
import { ensurePartitions } from '../outbox/ensurePartitions.js';
import { WaybillError } from '../waybillError.js';
import { migrateClickHouse, pendingClickHouseMigrations, type TableOptions } from './clickhouseMigrations.js';
import type { Migration } from './migrations.js';
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
  const postgres = await migratePostgres(outbox, options.eventPartitionSize);
  const clickhouse = await inTransaction(outbox, async (client) => {
    await lockMigrations(client, outbox);
    return migrateClickHouse(eventLog, options);
  });
  const partitions = [
    ...postgres.partitions,
    ...(await ensurePartitions(outbox, options.eventPartitionSize)),
  ];
  return { postgres: postgres.migrations, clickhouse, partitions };
}

/**
 * Makes sure that the outbox is as this version needs it.
 * @throws {WaybillError} `NOT_MIGRATED`, `SCHEMA_TOO_NEW`, `MIGRATION_CHANGED`
 */
export async function assertPostgresMigrated(outbox: Outbox): Promise<void> {
  refusePending('Postgres', await pendingPostgresMigrations(outbox));
}

/**
 * Makes sure that the event log is as this version needs it.
 * @throws {WaybillError} `NOT_MIGRATED`, `SCHEMA_TOO_NEW`, `MIGRATION_CHANGED`
 */
export async function assertClickHouseMigrated(eventLog: EventLog): Promise<void> {
  refusePending('ClickHouse', await pendingClickHouseMigrations(eventLog));
}

function refusePending(database: string, pending: readonly Migration[]): void {
  if (pending.length === 0) return;
  const names = pending.map(({ name }) => name).join(', ');
  throw new WaybillError(
    'NOT_MIGRATED',
    `${database} lacks ${names}. Nothing was sent; events are kept in the outbox. Run: waybill migrate`,
  );
}
