import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { EventLogService, type EventLogServiceOptions } from '../../src/delivery/eventLogService.js';
import { deliveryPorts } from '../../src/delivery/ports.js';
import {
  closeEventLog,
  openEventLog,
  queryRows,
  quotedTable,
  type EventLog,
} from '../../src/eventlog/client.js';
import type { GivenOptions } from '../../src/config/options.js';
import { migrate } from '../../src/migration/migrate.js';
import { closeOutbox, openOutbox, type Outbox } from '../../src/outbox/database.js';

/** Databases of one test's own, migrated, on the engines that all tests share. */
export interface TestDatabases {
  readonly outbox: Outbox;
  readonly eventLog: EventLog;
  /** A pool of the application's side. */
  readonly pool: pg.Pool;
  readonly databaseUrl: string;
  readonly clickhouseUrl: string;
  readonly clickhouseDatabase: string;
  /** The options that lead a worker or a command to these databases. */
  readonly given: GivenOptions;
  /** The same as variables of the environment, for processes. */
  readonly environment: Readonly<Record<string, string>>;
  service(options?: Partial<EventLogServiceOptions>): EventLogService;
  drop(): Promise<void>;
}

export interface TestDatabasesOptions {
  /** Default: a million, as in production. */
  readonly eventPartitionSize?: number;
  /** Default: true. */
  readonly migrated?: boolean;
  /** Leads to ClickHouse another way, for example through a proxy. */
  readonly clickhouseUrl?: string;
  /** A Postgres of the test's own. Default: the one that all tests share. */
  readonly postgresUrl?: string;
}

export async function createDatabases(options: TestDatabasesOptions = {}): Promise<TestDatabases> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const eventPartitionSize = options.eventPartitionSize ?? 1_000_000;
  const clickhouseUrl = options.clickhouseUrl ?? inject('clickhouseUrl');
  const postgresUrl = options.postgresUrl ?? inject('postgresUrl');
  await onServer(postgresUrl, `CREATE DATABASE ${name}`);
  const databaseUrl = new URL(postgresUrl);
  databaseUrl.pathname = `/${name}`;

  const outbox = openOutbox({ databaseUrl: databaseUrl.href, schema: 'waybill', connectionsMax: 20 });
  const pool = new pg.Pool({ connectionString: databaseUrl.href, max: 40 });
  pool.on('error', () => undefined); // a test that kills connections says so itself
  const tableOptions = {
    clickhouseDatabase: name,
    clickhouseTable: 'event_log',
    clickhouseEngine: 'MergeTree',
  } as const;
  const eventLogOptions = { database: name, table: 'event_log', timeoutMs: 30_000, connectionsMax: 20 };
  const eventLog = openEventLog({ ...eventLogOptions, clickhouseUrl });
  if (options.migrated !== false) {
    const direct = openEventLog({ ...eventLogOptions, clickhouseUrl: inject('clickhouseUrl') });
    await migrate(outbox, direct, { ...tableOptions, eventPartitionSize });
    await closeEventLog(direct);
  }

  return {
    outbox,
    eventLog,
    pool,
    databaseUrl: databaseUrl.href,
    clickhouseUrl,
    clickhouseDatabase: name,
    given: { databaseUrl: databaseUrl.href, clickhouseUrl, clickhouseDatabase: name, eventPartitionSize },
    environment: {
      DATABASE_URL: databaseUrl.href,
      CLICKHOUSE_URL: clickhouseUrl,
      CLICKHOUSE_DATABASE: name,
      EVENT_PARTITION_SIZE: String(eventPartitionSize),
    },
    service: (overrides = {}) =>
      new EventLogService(deliveryPorts(outbox, eventLog), {
        partitionQuantity: 100,
        failedSendingRetries: 5,
        concurrency: 2,
        claimLeaseMs: 60_000,
        backoff: { firstMs: 20, maxMs: 200 },
        ...overrides,
      }),
    async drop() {
      await closeOutbox(outbox);
      await pool.end();
      await closeEventLog(eventLog);
      await onServer(postgresUrl, `DROP DATABASE ${name} WITH (FORCE)`);
      const direct = openEventLog({
        ...eventLogOptions,
        database: 'default',
        clickhouseUrl: inject('clickhouseUrl'),
      });
      await direct.client.command({ query: `DROP DATABASE IF EXISTS ${name}` });
      await closeEventLog(direct);
    },
  };
}

/** The ids of all events that ClickHouse holds, one for each row, so that a doubled event shows twice. */
export async function deliveredEventIds(eventLog: EventLog): Promise<string[]> {
  const rows = await queryRows<{ event_id: string }>(
    eventLog,
    `SELECT event_id FROM ${quotedTable(eventLog)}`,
  );
  return rows.map((row) => row.event_id);
}

export interface Comparison {
  readonly lost: string[];
  readonly doubled: string[];
  readonly phantom: string[];
}

/** Compares what was committed with what arrived. */
export function compare(committed: Iterable<string>, delivered: readonly string[]): Comparison {
  const expected = new Set(committed);
  const found = new Set(delivered);
  const seen = new Set<string>();
  return {
    lost: [...expected].filter((id) => !found.has(id)),
    doubled: delivered.filter((id) => seen.has(id) || (seen.add(id), false)),
    phantom: [...found].filter((id) => !expected.has(id)),
  };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
