import pg from 'pg';
import { quoteIdentifier } from '../config/quoteIdentifier.js';

/** The outbox: connections to its database, and its schema's name, quoted. */
export interface Outbox extends Queryable {
  readonly pool: pg.Pool;
  /** Quoted; the only text that a query of this folder splices in. */
  readonly schema: string;
}

export interface OutboxOptions {
  readonly databaseUrl: string;
  readonly schema: string;
  /** Most connections held at once. A run needs two for each stream: one reads the batch, one renews its claim. */
  readonly connectionsMax: number;
  readonly connectTimeoutMs?: number;
  /** Told of errors of idle connections, which belong to no call; the pool replaces the connection by itself. */
  readonly onIdleError?: (error: Error) => void;
}

/** What can run a statement: the outbox, each in a transaction of its own, or a client inside a transaction. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<Row>>;
}

/**
 * How long one statement may take. Postgres answers each within a second or two; without a bound, one whose host
 * vanished without a word would keep a worker waiting until TCP gives up, some 15 minutes later.
 */
const statementTimeoutMs = 30_000;

/** Opens nothing yet: connections are made when they are needed. Close it with `closeOutbox`. */
export function openOutbox(options: OutboxOptions): Outbox {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    max: options.connectionsMax,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    application_name: 'waybill',
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  // Without a listener an error of an idle connection would end the process.
  pool.on('error', (error) => options.onIdleError?.(error));
  // One that is in use reports its loss through the query under way, which fails, and through this event as well.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    pool,
    schema: quoteIdentifier(options.schema),
    // The bound stands at each statement and not at the pool, where it would end a COPY as well.
    query: <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) =>
      pool.query<Row>(bounded(text, values)),
  };
}

/** The types of pg leave this option of a statement out. */
interface BoundedStatement extends pg.QueryConfig {
  readonly query_timeout: number;
}

/** A statement that fails when Postgres does not answer it in time; its connection is of no use then. */
export function bounded(text: string, values: unknown[] = []): BoundedStatement {
  return { text, values, query_timeout: statementTimeoutMs };
}

export async function closeOutbox(outbox: Outbox): Promise<void> {
  await outbox.pool.end();
}

/** Runs `work` in one transaction on one connection; rolls back when it throws. */
export async function inTransaction<Result>(
  outbox: Outbox,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await outbox.pool.connect();
  let usable = false;
  try {
    // Whatever the role's default is: sealing and migrations need snapshots that move on.
    await client.query(bounded('BEGIN ISOLATION LEVEL READ COMMITTED'));
    const result = await work(client);
    await client.query(bounded('COMMIT'));
    usable = true;
    return result;
  } catch (error) {
    usable = await client.query(bounded('ROLLBACK')).then(
      () => true,
      () => false, // destroying the connection, below, rolls back as well
    );
    throw error;
  } finally {
    client.release(!usable);
  }
}

/** The only row of a result that always has one. */
export function onlyRow<Row>(result: { rows: readonly Row[] }): Row {
  const [row] = result.rows;
  if (row === undefined) throw new Error('A query that always returns one row returned none.');
  return row;
}
