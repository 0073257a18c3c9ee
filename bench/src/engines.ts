import {
  startClickHouse,
  startPostgres,
  type EmbeddedClickHouse,
  type EmbeddedPostgres,
} from '@waybill/embedded';
import pg from 'pg';

/**
 * How a database is copied. `files`: by copying its files between two checkpoints, the fastest for a large one. `throughWal`: page
 * by page through the WAL, without a checkpoint. After a checkpoint the first update of each page would write that page to the WAL
 * whole, which would be counted against whoever updates rows, and only because its backlog is a copy.
 */
export interface DatabaseCopy {
  readonly of: string;
  readonly by: 'files' | 'throughWal';
}

const copyStrategies = { files: 'FILE_COPY', throughWal: 'WAL_LOG' } as const;

export interface BenchEngines {
  readonly postgres: EmbeddedPostgres;
  readonly clickhouse: EmbeddedClickHouse;
  /** The server's settings that are not its defaults: they belong to the results. */
  readonly postgresSettings: Readonly<Record<string, string>>;
  /**
   * Makes a database of that name, with what the meters need, and returns its URL.
   * @param copy what it is to be a copy of; whoever is connected to that is cut off
   */
  createDatabase(name: string, copy?: DatabaseCopy): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The same for all contenders. Everything is durable, as in production (fsync and synchronous_commit are on). Checkpoints are
 * rare, so that none falls into one contender's time and not into another's; that favours those that update rows, since the
 * first update of a page after a checkpoint writes the page to the WAL whole.
 */
const postgresSettings = {
  shared_buffers: '1GB',
  max_wal_size: '32GB',
  checkpoint_timeout: '1h',
  wal_level: 'replica',
  max_connections: '200',
  shared_preload_libraries: 'pg_stat_statements',
};

/** Starts both engines in temporary directories. */
export async function startBenchEngines(): Promise<BenchEngines> {
  const [postgres, clickhouse] = await Promise.all([
    startPostgres({ settings: postgresSettings }),
    startClickHouse(),
  ]);
  const admin = new pg.Pool({ connectionString: postgres.url, max: 1 });
  admin.on('error', () => undefined); // the server is stopped before it
  return {
    postgres,
    clickhouse,
    postgresSettings,
    async createDatabase(name, copy) {
      if (copy === undefined) await admin.query(`CREATE DATABASE "${name}"`);
      else await copyDatabase(admin, copy, name);
      const url = new URL(postgres.url);
      url.pathname = `/${name}`;
      const client = new pg.Client({ connectionString: url.href });
      await client.connect();
      await client
        .query(
          `CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
           CREATE EXTENSION IF NOT EXISTS pgstattuple;
           CREATE EXTENSION IF NOT EXISTS pageinspect`,
        )
        .finally(() => client.end());
      return url.href;
    },
    async dropDatabase(name) {
      await admin.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    },
    async stop() {
      await admin.end();
      await Promise.all([postgres.stop(), clickhouse.stop()]);
    },
  };
}

async function copyDatabase(admin: pg.Pool, { of: template, by }: DatabaseCopy, name: string): Promise<void> {
  await admin.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1', [
    template,
  ]);
  await admin.query(`CREATE DATABASE "${name}" TEMPLATE "${template}" STRATEGY ${copyStrategies[by]}`);
}
