import { randomBytes } from 'node:crypto';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import pg from 'pg';

/** The servers on which the databases of all cells lie. */
export interface Engines {
  readonly postgresUrl: string;
  readonly clickhouseUrl: string;
}

/** A database in Postgres and one of the same name in ClickHouse. */
export interface Databases {
  readonly name: string;
  readonly databaseUrl: string;
  readonly clickhouseUrl: string;
}

/** Databases as a role finds them. Each cell gets a copy. */
export interface Template extends Databases {
  readonly spentTokens?: readonly SpentToken[] | undefined;
}

/**
 * Rows that ClickHouse has stored under a batch's token, not those of the batch. Copies take them over by an insert of
 * their own, since a table does not remember the tokens of the one that it is copied from.
 */
export interface SpentToken {
  readonly batchId: string;
  readonly rows: readonly object[];
}

/** Makes empty databases in both engines. */
export async function createDatabases(engines: Engines, purpose: string): Promise<Databases> {
  const databases = nameDatabases(engines, purpose);
  await inPostgres(engines.postgresUrl, (client) => client.query(`CREATE DATABASE ${databases.name}`));
  return databases;
}

/** Copies both databases. Nobody may be connected to the template in Postgres. */
export async function copyDatabases(
  engines: Engines,
  template: Template,
  purpose: string,
): Promise<Databases> {
  const copy = nameDatabases(engines, purpose);
  await inPostgres(engines.postgresUrl, (client) =>
    client.query(`CREATE DATABASE ${copy.name} TEMPLATE ${template.name}`),
  );
  await copyEventLog(engines, template, copy);
  return copy;
}

/** Copies the database in ClickHouse, if there is one. */
export async function copyEventLog(engines: Engines, template: Template, { name }: Databases): Promise<void> {
  await inClickHouse(engines, (client) => copyTables(client, template, name));
}

export async function dropDatabases(engines: Engines, { name }: Databases): Promise<void> {
  await inPostgres(engines.postgresUrl, (client) =>
    client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  );
  await inClickHouse(engines, (client) => client.command({ query: `DROP DATABASE IF EXISTS ${name}` }));
}

export async function inPostgres<Result>(
  databaseUrl: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export async function inClickHouse<Result>(
  { clickhouseUrl }: Pick<Engines, 'clickhouseUrl'>,
  work: (client: ClickHouseClient) => Promise<Result>,
): Promise<Result> {
  const client = createClient({
    url: clickhouseUrl,
    keep_alive: { enabled: true, idle_socket_ttl: 1_500 },
    log: { level: ClickHouseLogLevel.OFF }, // errors are thrown
  });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

function nameDatabases({ postgresUrl, clickhouseUrl }: Engines, purpose: string): Databases {
  const name = `crash_${purpose}_${randomBytes(5).toString('hex')}`;
  const databaseUrl = new URL(postgresUrl);
  databaseUrl.pathname = `/${name}`;
  return { name, databaseUrl: databaseUrl.href, clickhouseUrl };
}

async function copyTables(client: ClickHouseClient, template: Template, name: string): Promise<void> {
  const tables = await client.query({
    // Tables before the views that read them.
    query: `SELECT name, create_table_query AS create, total_rows > 0 AS filled FROM system.tables
            WHERE database = {database: String} ORDER BY engine = 'MaterializedView', name`,
    query_params: { database: template.name },
    format: 'JSONEachRow',
  });
  const rows = await tables.json<{ name: string; create: string; filled: number | null }>();
  if (rows.length === 0) return; // the migration makes the database
  await client.command({ query: `CREATE DATABASE ${name}` });
  const { spentTokens = [] } = template;
  for (const table of rows) {
    await client.command({ query: table.create.replaceAll(`${template.name}.`, `${name}.`) });
    if (Number(table.filled) === 0 || (table.name === 'event_log' && spentTokens.length > 0)) continue;
    await client.command({
      query: `INSERT INTO ${name}.${table.name} SELECT * FROM ${template.name}.${table.name}`,
    });
  }
  for (const spent of spentTokens) await storeUnderToken(client, name, spent);
}

/** Stores rows under the token of a batch. */
export async function storeUnderToken(
  client: ClickHouseClient,
  database: string,
  { batchId, rows }: SpentToken,
): Promise<void> {
  await client.insert({
    table: `${database}.event_log`,
    values: rows,
    format: 'JSONEachRow',
    clickhouse_settings: { insert_deduplication_token: batchId, insert_deduplicate: 1, async_insert: 0 },
  });
}
