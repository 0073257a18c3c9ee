import { createClient, type ClickHouseClient } from '@clickhouse/client';
import pg from 'pg';
import { migrateDatabases } from 'waybill/worker';
import type { BenchEngines } from './engines.js';

export interface WaybillDatabases {
  readonly databaseUrl: string;
  readonly clickhouseUrl: string;
  readonly clickhouseDatabase: string;
  readonly eventPartitionSize: number;
}

/** An outbox of one section's own, migrated, with its table in ClickHouse. */
export interface WaybillOutbox {
  readonly name: string;
  /** What leads Waybill to it. */
  readonly options: WaybillDatabases;
  /** For the application: a role that may capture and nothing else. */
  readonly applicationUrl: string;
  /** Connections of the role that owns the outbox. */
  readonly pool: pg.Pool;
  readonly clickhouse: ClickHouseClient;
  /** Makes partitions ahead of the newest id, as the tasks do. */
  makePartitionsAhead(): Promise<void>;
  drop(): Promise<void>;
}

export interface WaybillOutboxOptions {
  /** Default: 1,000,000, as in production. */
  readonly eventPartitionSize?: number;
  /** The name of another outbox, of which this one is to be a copy, without what ClickHouse holds. */
  readonly copyOf?: string | undefined;
}

export async function createWaybillOutbox(
  engines: BenchEngines,
  name: string,
  { eventPartitionSize = 1_000_000, copyOf }: WaybillOutboxOptions = {},
): Promise<WaybillOutbox> {
  const databaseUrl = await engines.createDatabase(
    name,
    copyOf === undefined ? undefined : { of: copyOf, by: 'files' },
  );
  const options = {
    databaseUrl,
    clickhouseUrl: engines.clickhouse.url,
    clickhouseDatabase: name,
    eventPartitionSize,
  };
  await migrateDatabases(options);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  pool.on('error', () => undefined); // a statement under way fails by itself
  const application = `${name}_application`;
  await pool.query(
    `CREATE ROLE ${application} LOGIN;
     GRANT USAGE ON SCHEMA waybill TO ${application};
     GRANT INSERT ON waybill.event TO ${application}`,
  );
  const applicationUrl = new URL(databaseUrl);
  applicationUrl.username = application;
  const clickhouse = createClient({ url: engines.clickhouse.url, database: name });
  return {
    name,
    options,
    applicationUrl: applicationUrl.href,
    pool,
    clickhouse,
    async makePartitionsAhead() {
      await migrateDatabases(options);
    },
    async drop() {
      await pool.query(`DROP OWNED BY ${application}; DROP ROLE ${application}`);
      await pool.end();
      await clickhouse.command({ query: `DROP DATABASE IF EXISTS "${name}" SYNC` });
      await clickhouse.close();
      await engines.dropDatabase(name);
    },
  };
}

/** Makes an outbox of that name, and drops it after the work. */
export async function withWaybillOutbox<Result>(
  engines: BenchEngines,
  name: string,
  work: (outbox: WaybillOutbox) => Promise<Result>,
): Promise<Result> {
  const outbox = await createWaybillOutbox(engines, name);
  try {
    return await work(outbox);
  } finally {
    await outbox.drop();
  }
}
