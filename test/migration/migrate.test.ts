import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventLogService } from '../../src/delivery/eventLogService.js';
import { deliveryPorts } from '../../src/delivery/ports.js';
import { queryRows, quoteName, type EventLog } from '../../src/eventlog/client.js';
import { captureEvents } from '../../src/index.js';
import { printClickHouseMigrations, type TableOptions } from '../../src/migration/clickhouseMigrations.js';
import {
  assertClickHouseMigrated,
  assertPostgresMigrated,
  migrate,
  type MigrateOptions,
} from '../../src/migration/migrate.js';
import { readMigrations } from '../../src/migration/migrations.js';
import { migratePostgres, printPostgresMigrations } from '../../src/migration/postgresMigrations.js';
import { closeOutbox, inTransaction, openOutbox, type Outbox } from '../../src/outbox/database.js';
import { sealBatch } from '../support/sealBatch.js';
import { createDatabases, deliveredEventIds, type TestDatabases } from '../support/databases.js';

let databases: TestDatabases;
beforeEach(async () => {
  databases = await createDatabases({ migrated: false });
});
afterEach(async () => {
  await databases.drop();
});

function migrateOptions(): MigrateOptions & TableOptions {
  return {
    clickhouseDatabase: databases.clickhouseDatabase,
    clickhouseTable: 'event_log',
    clickhouseEngine: 'MergeTree',
    eventPartitionSize: 1_000_000,
  };
}

const namesOf = (database: 'postgres' | 'clickhouse'): string[] =>
  readMigrations(database).map(({ name }) => name);

async function recordedInPostgres(outbox: Outbox = databases.outbox): Promise<string[]> {
  const { rows } = await outbox.pool.query<{ name: string }>(
    `SELECT name FROM ${outbox.schema}.migration ORDER BY number, applied_at`,
  );
  return rows.map(({ name }) => name);
}

async function recordedInClickHouse(eventLog: EventLog): Promise<string[]> {
  const rows = await queryRows<{ name: string }>(
    eventLog,
    `SELECT name FROM ${quoteName(eventLog.database)}.event_log_migration ORDER BY number`,
  );
  return rows.map(({ name }) => name);
}

/** Everything that makes up the outbox's schema, told by Postgres's catalog. */
async function describeSchema(): Promise<unknown> {
  const { rows } = await databases.pool.query(
    `SELECT relname AS name, relkind::text AS kind, attname AS column, format_type(atttypid, atttypmod) AS type, attnotnull
     FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
     WHERE relnamespace = to_regnamespace('waybill')
     UNION ALL
     SELECT proname, 'function', '', md5(pg_get_functiondef(oid)), true
     FROM pg_proc WHERE pronamespace = to_regnamespace('waybill')
     UNION ALL
     SELECT conname, 'constraint', '', pg_get_constraintdef(oid), true
     FROM pg_constraint WHERE connamespace = to_regnamespace('waybill')
     ORDER BY 1, 2, 3, 4`,
  );
  return rows;
}

async function assertMigrated(): Promise<void> {
  await assertPostgresMigrated(databases.outbox);
  await assertClickHouseMigrated(databases.eventLog);
}

async function describeTable(): Promise<unknown> {
  return queryRows(
    databases.eventLog,
    'SELECT name, create_table_query FROM system.tables WHERE database = {database: String} ORDER BY name',
    { database: databases.clickhouseDatabase },
  );
}

describe('migrate', () => {
  it('brings empty databases up to date, and does nothing the second time', async () => {
    const first = await migrate(databases.outbox, databases.eventLog, migrateOptions());
    expect(first).toMatchObject({ postgres: namesOf('postgres'), clickhouse: namesOf('clickhouse') });
    expect(first.partitions.length).toBeGreaterThan(0);
    await assertMigrated();

    const before = await describeSchema();
    expect(await migrate(databases.outbox, databases.eventLog, migrateOptions())).toEqual({
      postgres: [],
      clickhouse: [],
      partitions: [],
    });
    expect(await describeSchema()).toEqual(before);
  });

  it('may be called by many at once: all succeed, and each migration is applied and recorded once', async () => {
    const reports = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const outbox = openOutbox({
          databaseUrl: databases.databaseUrl,
          schema: 'waybill',
          connectionsMax: 4,
        });
        return migrate(outbox, databases.eventLog, migrateOptions()).finally(() => closeOutbox(outbox));
      }),
    );
    expect(reports.flatMap((report) => report.postgres)).toEqual(namesOf('postgres'));
    expect(reports.flatMap((report) => report.clickhouse)).toEqual(namesOf('clickhouse'));
    expect(await recordedInPostgres()).toEqual(namesOf('postgres'));
    expect(await recordedInClickHouse(databases.eventLog)).toEqual(namesOf('clickhouse'));
  });

  it('leaves nothing behind in Postgres when it fails', async () => {
    // Stands in the way of the last migration, once the tables are there.
    await databases.pool.query(
      `CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE EXCEPTION 'no functions today'; END $$;
       CREATE EVENT TRIGGER refuse ON ddl_command_end
         WHEN TAG IN ('CREATE FUNCTION') EXECUTE FUNCTION refuse()`,
    );
    await expect(migratePostgres(databases.outbox, 1_000_000)).rejects.toThrow('no functions today');
    expect(await describeSchema()).toEqual([]);
    const { rows } = await databases.pool.query(`SELECT to_regnamespace('waybill') IS NULL AS missing`);
    expect(rows).toEqual([{ missing: true }]);

    await databases.pool.query('DROP EVENT TRIGGER refuse');
    expect((await migratePostgres(databases.outbox, 1_000_000)).migrations).toEqual(namesOf('postgres'));
  });

  it('works in a schema whose name has to be quoted, and so does all that follows', async () => {
    const outbox = openOutbox({
      databaseUrl: databases.databaseUrl,
      schema: 'we ird-"Schema"',
      connectionsMax: 10,
    });
    try {
      await migrate(outbox, databases.eventLog, migrateOptions());
      expect(await recordedInPostgres(outbox)).toEqual(namesOf('postgres'));
      const events = Array.from({ length: 20 }, () => ({ eventType: 'odd', eventContext: {} }));
      const ids = await inTransaction(outbox, (tx) =>
        captureEvents(tx, events, { schema: 'we ird-"Schema"' }),
      );
      expect(await sealBatch(outbox, 10, false)).toMatchObject({ sealed: true, eventCount: 10 });

      const report = await new EventLogService(deliveryPorts(outbox, databases.eventLog), {
        partitionQuantity: 10,
        failedSendingRetries: 0,
        concurrency: 1,
        claimLeaseMs: 60_000,
      }).run();
      expect(report).toMatchObject({ endedBecause: 'drained', eventsDelivered: 20 });
      expect((await deliveredEventIds(databases.eventLog)).sort()).toEqual(ids);
    } finally {
      await closeOutbox(outbox);
    }
  });
});

describe('databases that a newer Waybill has migrated', () => {
  beforeEach(async () => {
    await migrate(databases.outbox, databases.eventLog, migrateOptions());
  });

  async function recordNewer(database: 'postgres' | 'clickhouse', breaking: boolean): Promise<void> {
    const values = `(9999, '9999_future', ${String(breaking)}, 'of the future')`;
    if (database === 'postgres') {
      await databases.pool.query(
        `INSERT INTO waybill.migration (number, name, breaking, checksum) VALUES ${values}`,
      );
    } else {
      await databases.eventLog.client.command({
        query: `INSERT INTO ${databases.clickhouseDatabase}.event_log_migration (number, name, breaking, checksum) VALUES ${values}`,
      });
    }
  }

  describe.each(['postgres', 'clickhouse'] as const)('%s', (database) => {
    it('are refused, unchanged, where the newer migration breaks this version', async () => {
      await recordNewer(database, true);
      const refusal = { code: 'SCHEMA_TOO_NEW', message: expect.stringContaining('9999_future') as string };
      await expect(assertMigrated()).rejects.toMatchObject(refusal);
      const before = await describeSchema();
      await expect(migrate(databases.outbox, databases.eventLog, migrateOptions())).rejects.toMatchObject(
        refusal,
      );
      expect(await describeSchema()).toEqual(before);
    });

    it('are accepted where it breaks nothing', async () => {
      await recordNewer(database, false);
      await expect(assertMigrated()).resolves.toBeUndefined();
      expect(await migrate(databases.outbox, databases.eventLog, migrateOptions())).toMatchObject({
        postgres: [],
        clickhouse: [],
      });
    });
  });
});

describe('databases that are not migrated', () => {
  it('are told by what they lack', async () => {
    const lacking = (database: 'postgres' | 'clickhouse'): object => ({
      code: 'NOT_MIGRATED',
      message: expect.stringContaining(namesOf(database).join(', ')) as string,
    });
    await expect(assertPostgresMigrated(databases.outbox)).rejects.toMatchObject(lacking('postgres'));
    await expect(assertClickHouseMigrated(databases.eventLog)).rejects.toMatchObject(lacking('clickhouse'));
  });

  it('are refused when a recorded migration is not the one of this release', async () => {
    await migrate(databases.outbox, databases.eventLog, migrateOptions());
    await databases.pool.query(`UPDATE waybill.migration SET checksum = 'another' WHERE number = 1`);
    await expect(assertMigrated()).rejects.toMatchObject({
      code: 'MIGRATION_CHANGED',
    });
  });
});

describe('the printed migrations, run by hand,', () => {
  it('make the same databases as migrate, which then finds nothing to do but partitions', async () => {
    await databases.pool.query(printPostgresMigrations(databases.outbox.schema));
    for (const statement of printClickHouseMigrations(migrateOptions()).split(/;\s*$/m)) {
      if (statement.trim() !== '') await databases.eventLog.client.command({ query: statement });
    }
    await assertMigrated();
    expect(await migrate(databases.outbox, databases.eventLog, migrateOptions())).toMatchObject({
      postgres: [],
      clickhouse: [],
    });
    const byHand = { schema: await describeSchema(), table: await describeTable() };

    await databases.pool.query('DROP SCHEMA waybill CASCADE');
    await databases.eventLog.client.command({ query: `DROP DATABASE ${databases.clickhouseDatabase} SYNC` });
    await migrate(databases.outbox, databases.eventLog, migrateOptions());
    expect(byHand).toEqual({ schema: await describeSchema(), table: await describeTable() });
  });
});
