import type pg from 'pg';

/** What the statements of clients have done in a database so far, and what of it taking and reading batches took. */
export interface StatementWork {
  /** Pages of 8 kB that they touched, in memory or on disk. */
  readonly pages: number;
  /** Of these, pages that were not in Postgres's own memory. */
  readonly pagesRead: number;
  readonly takePages: number;
  readonly takeMs: number;
  readonly readMs: number;
}

const columns = {
  pages: 'sum(shared_blks_hit + shared_blks_read)',
  pagesRead: 'sum(shared_blks_read)',
  takePages: `sum(shared_blks_hit + shared_blks_read) FILTER (WHERE query LIKE '%take_batch(%')`,
  takeMs: `sum(total_exec_time) FILTER (WHERE query LIKE '%take_batch(%')`,
  readMs: `sum(total_exec_time) FILTER (WHERE query LIKE 'COPY %')`,
} satisfies Record<keyof StatementWork, string>;

const names = Object.keys(columns) as (keyof StatementWork)[];

/** Reads pg_stat_statements for the database of the pool. */
export async function readStatementWork(pool: pg.Pool): Promise<StatementWork> {
  const { rows } = await pool.query<Record<keyof StatementWork, number>>(
    `SELECT ${names.map((name) => `coalesce(${columns[name]}, 0)::float8 AS "${name}"`).join(', ')}
     FROM pg_stat_statements
     WHERE toplevel AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND query NOT LIKE '%pg_stat_statements%'`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('Postgres has answered with nothing.');
  return row;
}

export function statementWorkBetween(before: StatementWork, after: StatementWork): StatementWork {
  return Object.fromEntries(
    names.map((name) => [name, after[name] - before[name]]),
  ) as unknown as StatementWork; // every name of it
}
