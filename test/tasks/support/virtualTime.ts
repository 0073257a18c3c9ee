import pg from 'pg';
import type { Outbox } from '../../../src/outbox/database.js';
import type { TestDatabases } from '../../support/databases.js';

/**
 * A session whose statements see a time that the test sets. The product's statements say `clock_timestamp()` without a
 * schema, and this session's search path finds another function of that name first; the statements stay as they are.
 */
export interface VirtualSession {
  readonly outbox: Outbox;
  /** Sets what the statements after it see, in epoch milliseconds. Sent in their order, so nobody needs to wait for it. */
  setNow(nowMs: number): Promise<void>;
  close(): Promise<void>;
}

export interface VirtualSessionOptions {
  readonly timeZone: string;
  readonly dateStyle: string;
  /** Changes a statement on its way, for a control that must fail. */
  readonly alter?: ((text: string) => string) | undefined;
}

export async function createVirtualTime({ pool }: Pick<TestDatabases, 'pool'>): Promise<void> {
  await pool.query(`
    CREATE SCHEMA virtual;
    CREATE FUNCTION virtual.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
      AS $$ SELECT to_timestamp(pg_catalog.current_setting('virtual.now')::double precision) $$;`);
}

/** The types of pg leave this option out. */
interface PipelinedConfig extends pg.ClientConfig {
  readonly pipeline: boolean;
}

export async function openVirtualSession(
  databases: TestDatabases,
  { timeZone, dateStyle, alter = (text) => text }: VirtualSessionOptions,
): Promise<VirtualSession> {
  const settings = {
    search_path: 'virtual,pg_catalog',
    TimeZone: timeZone,
    DateStyle: dateStyle.replaceAll(' ', ''),
    synchronous_commit: 'off',
    plan_cache_mode: 'force_generic_plan',
  };
  const config: PipelinedConfig = {
    connectionString: databases.databaseUrl,
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    pipeline: true, // a year is 75,000 runs
  };
  const client = new pg.Client(config);
  await client.connect();
  const names = new Map<string, string>();
  /** Prepared once each: planning takes longer than running. */
  function run<Row extends pg.QueryResultRow>(
    text: string,
    values: unknown[] = [],
  ): Promise<pg.QueryResult<Row>> {
    const name = names.get(text) ?? `statement ${String(names.size)}`;
    names.set(text, name);
    return client.query<Row>({ name, text: alter(text), values });
  }
  return {
    outbox: { pool: databases.outbox.pool, schema: databases.outbox.schema, query: run },
    async setNow(nowMs) {
      await run(`SELECT set_config('virtual.now', $1, false)`, [String(nowMs / 1000)]);
    },
    close: () => client.end(),
  };
}
