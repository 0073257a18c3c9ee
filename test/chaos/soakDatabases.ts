import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { closeEventLog, openEventLog, type EventLog } from '../../src/eventlog/client.js';
import { migrate } from '../../src/migration/migrate.js';
import { closeOutbox, openOutbox } from '../../src/outbox/database.js';
import { createLedger } from './ledger.js';

/** Databases of a soak round of its own, migrated, with a ledger, on engines that may be killed. */
export interface SoakDatabases {
  readonly databaseUrl: string;
  readonly clickhouseUrl: string;
  readonly clickhouseDatabase: string;
  /** Of the application, and of whoever judges: not by way of a proxy. */
  readonly pool: pg.Pool;
  readonly eventLog: EventLog;
  drop(): Promise<void>;
}

export interface EngineUrls {
  readonly postgresUrl: string;
  readonly clickhouseUrl: string;
}

export async function createSoakDatabases({
  postgresUrl,
  clickhouseUrl,
}: EngineUrls): Promise<SoakDatabases> {
  const name = `soak_${randomBytes(6).toString('hex')}`;
  await onServer(postgresUrl, `CREATE DATABASE ${name}`);
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  const databaseUrl = url.href;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 12, connectionTimeoutMillis: 5_000 });
  pool.on('error', () => undefined); // an engine that is killed takes idle connections with it
  pool.on('connect', (client) => client.on('error', () => undefined));
  const eventLog = openEventLog({
    clickhouseUrl,
    database: name,
    table: 'event_log',
    timeoutMs: 30_000,
    connectionsMax: 4,
  });
  const outbox = openOutbox({ databaseUrl, schema: 'waybill', connectionsMax: 2 });
  await migrate(outbox, eventLog, {
    clickhouseDatabase: name,
    clickhouseTable: 'event_log',
    clickhouseEngine: 'MergeTree',
    eventPartitionSize: 100_000,
  });
  await closeOutbox(outbox);
  await createLedger(pool);
  return {
    databaseUrl,
    clickhouseUrl,
    clickhouseDatabase: name,
    pool,
    eventLog,
    async drop() {
      await pool.end();
      await eventLog.client.command({ query: `DROP DATABASE IF EXISTS ${name}` });
      await closeEventLog(eventLog);
      await onServer(postgresUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function onServer(postgresUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
