import type pg from 'pg';

/** What a Postgres server had done at some moment. The difference of two is what was done between them. */
export interface PostgresWork {
  /** Of the whole server. */
  readonly walBytes: number;
  /** Statements that clients sent to the database: BEGIN and COMMIT among them, those inside functions not. */
  readonly statements: number;
}

/** Reads what the server has done so far. `pool` is one of the database whose statements are to be counted. */
export async function readPostgresWork(pool: pg.Pool): Promise<PostgresWork> {
  const { rows } = await pool.query<{ wal_bytes: string; statements: string }>(
    `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') AS wal_bytes,
            (SELECT coalesce(sum(calls), 0)
             FROM pg_stat_statements
             WHERE toplevel AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND query NOT LIKE '%pg_stat_statements%') AS statements`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('Postgres has answered with nothing.');
  return { walBytes: Number(row.wal_bytes), statements: Number(row.statements) };
}

export function workBetween(before: PostgresWork, after: PostgresWork): PostgresWork {
  return { walBytes: after.walBytes - before.walBytes, statements: after.statements - before.statements };
}

/** Dead rows of a table and of all its partitions, counted row by row (pgstattuple), not estimated. */
export async function countDeadRows(pool: pg.Pool, table: string): Promise<number> {
  const { rows } = await pool.query<{ dead: string }>(
    `SELECT coalesce(sum((pgstattuple(tree.relid)).dead_tuple_count), 0) AS dead
     FROM pg_partition_tree($1::regclass) AS tree
     WHERE tree.isleaf`,
    [table],
  );
  return Number(rows[0]?.dead ?? 0);
}

/** Rows of one table that were updated, deleted or locked since they were inserted (pageinspect); a mere insert leaves no xmax. */
export async function countChangedRows(pool: pg.Pool, table: string): Promise<number> {
  const { rows } = await pool.query<{ changed: string }>(
    `SELECT count(*) AS changed
     FROM generate_series(0, pg_relation_size($1::text::regclass) / current_setting('block_size')::bigint - 1) AS block,
          heap_page_items(get_raw_page($1, block))
     WHERE t_xmax <> '0'`,
    [table],
  );
  return Number(rows[0]?.changed ?? 0);
}
