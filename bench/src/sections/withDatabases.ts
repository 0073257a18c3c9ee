import { createClient } from '@clickhouse/client';
import { migrateDatabases } from 'waybill/worker';
import type { BenchEngines } from '../engines.js';

/** What leads Waybill to the databases of one section. */
export interface SectionDatabases {
  readonly databaseUrl: string;
  readonly clickhouseUrl: string;
  readonly clickhouseDatabase: string;
}

/** Makes a database of that name in both engines, with Waybill's tables, and drops both after the work. */
export async function withDatabases<Result>(
  engines: BenchEngines,
  name: string,
  work: (databases: SectionDatabases) => Promise<Result>,
): Promise<Result> {
  const clickhouseUrl = engines.clickhouse.url;
  try {
    const databaseUrl = await engines.createDatabase(name);
    const databases = { databaseUrl, clickhouseUrl, clickhouseDatabase: name };
    await migrateDatabases(databases);
    return await work(databases);
  } finally {
    await dropClickHouseDatabase(clickhouseUrl, name);
    await engines.dropDatabase(name);
  }
}

async function dropClickHouseDatabase(url: string, name: string): Promise<void> {
  const clickhouse = createClient({ url });
  try {
    await clickhouse.command({ query: `DROP DATABASE IF EXISTS "${name}" SYNC` });
  } finally {
    await clickhouse.close();
  }
}
