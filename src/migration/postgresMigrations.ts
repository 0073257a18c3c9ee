import type pg from 'pg';
import { inTransaction, onlyRow, type Outbox, type Queryable } from '../outbox/database.js';
import { attachNextPartition, partitionsAhead } from '../outbox/ensurePartitions.js';
import {
  fillPlaceholders,
  pendingMigrations,
  readMigrations,
  type AppliedMigration,
  type Migration,
} from './migrations.js';

export interface AppliedToPostgres {
  /** Names of the migrations that were applied. */
  readonly migrations: readonly string[];
  /** Names of the first partitions of table `event`. */
  readonly partitions: readonly string[];
}

/**
 * Brings the outbox's schema up to date, in one transaction: all of it or nothing. Two processes at once take turns.
 * A new outbox gets its first partitions in the same transaction, before the first capture can see the table.
 */
export async function migratePostgres(
  outbox: Outbox,
  eventPartitionSize: number,
): Promise<AppliedToPostgres> {
  return inTransaction(outbox, async (client) => {
    await lockMigrations(client, outbox);
    // Asked for first: CREATE SCHEMA IF NOT EXISTS wants the right to create schemas even where there is one.
    if (!(await schemaExists(client, outbox))) await client.query(`CREATE SCHEMA ${outbox.schema}`);
    if (!(await recordExists(client, outbox))) await client.query(createRecordText(outbox.schema));
    const pending = pendingMigrations(
      readMigrations('postgres'),
      await readApplied(client, outbox),
      'Postgres',
    );
    for (const migration of pending) {
      await client.query(fillPlaceholders(migration.text, { ':"schema"': outbox.schema }));
      await client.query(
        `INSERT INTO ${outbox.schema}.migration (number, name, breaking, checksum) VALUES ($1, $2, $3, $4)`,
        [migration.number, migration.name, migration.breaking, migration.checksum],
      );
    }
    const isNew = pending.some((migration) => migration.number === 1);
    return {
      migrations: pending.map((migration) => migration.name),
      partitions: isNew ? await makeFirstPartitions(client, outbox, eventPartitionSize) : [],
    };
  });
}

async function makeFirstPartitions(client: pg.PoolClient, outbox: Outbox, size: number): Promise<string[]> {
  const made: string[] = [];
  while (made.length < partitionsAhead) {
    const next = await attachNextPartition(client, outbox, size);
    if (next === 'enough') break;
    made.push(next.made);
  }
  return made;
}

/** The migrations that the outbox's schema lacks. Changes nothing. */
export async function pendingPostgresMigrations(outbox: Outbox): Promise<Migration[]> {
  const applied = (await recordExists(outbox, outbox)) ? await readApplied(outbox, outbox) : [];
  return pendingMigrations(readMigrations('postgres'), applied, 'Postgres');
}

/**
 * The migrations from number `from` on as SQL, for those who run them with a tool of their own. Partitions are made
 * by the first run of a worker; until then captures go to the DEFAULT one.
 */
export function printPostgresMigrations(schema: string, from = 1): string {
  const wanted = readMigrations('postgres').filter(({ number }) => number >= from);
  const migrations = wanted.map((migration) =>
    [
      `-- ${migration.name}`,
      fillPlaceholders(migration.text, { ':"schema"': schema }).trim(),
      `INSERT INTO ${schema}.migration (number, name, breaking, checksum)`,
      `VALUES (${String(migration.number)}, '${migration.name}', ${String(migration.breaking)}, '${migration.checksum}');`,
    ].join('\n'),
  );
  return [
    'BEGIN;',
    ...(from > 1 ? [] : [`CREATE SCHEMA IF NOT EXISTS ${schema};`, `${createRecordText(schema)};`]),
    ...migrations,
    'COMMIT;',
  ].join('\n\n');
}

/** Holds until the end of the transaction; other processes that migrate the same schema wait for it. */
export async function lockMigrations(client: pg.PoolClient, outbox: Outbox): Promise<void> {
  // ClickHouse's part may take minutes, in which this transaction only holds the lock.
  await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
  await client.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [
    `waybill migrate ${outbox.schema}`,
  ]);
}

function createRecordText(schema: string): string {
  return `CREATE TABLE ${schema}.migration (
  number integer PRIMARY KEY,
  name text NOT NULL,
  breaking boolean NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)`;
}

async function schemaExists(client: Queryable, outbox: Outbox): Promise<boolean> {
  const result = await client.query<{ found: boolean }>('SELECT to_regnamespace($1) IS NOT NULL AS found', [
    outbox.schema,
  ]);
  return onlyRow(result).found;
}

async function recordExists(client: Queryable, outbox: Outbox): Promise<boolean> {
  const result = await client.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [
    `${outbox.schema}.migration`,
  ]);
  return onlyRow(result).found;
}

async function readApplied(client: Queryable, outbox: Outbox): Promise<AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    `SELECT number, name, breaking, checksum FROM ${outbox.schema}.migration ORDER BY number`,
  );
  return rows;
}
