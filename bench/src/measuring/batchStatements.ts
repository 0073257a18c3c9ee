import type pg from 'pg';

/** Forgets all statements of the server, so that those of a drain are not pushed out by older ones (`pg_stat_statements.max`). */
export async function forgetStatements(pool: pg.Pool): Promise<void> {
  await pool.query('SELECT pg_stat_statements_reset()');
}

export interface StatementCalls {
  readonly text: string;
  readonly calls: number;
}

/**
 * Statements that clients sent to the pool's database, by their text. What COPY reads stands in its text, the batch's id or a range
 * of ids, so that each is an entry of its own: uuids and numbers are taken for the same.
 */
export async function readStatementCalls(pool: pg.Pool): Promise<StatementCalls[]> {
  const { rows } = await pool.query<StatementCalls>(
    `SELECT regexp_replace(query, '[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9]+', '$id', 'g') AS text, sum(calls)::float8 AS calls
     FROM pg_stat_statements
     WHERE toplevel AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND query NOT LIKE '%pg_stat_statements%'
     GROUP BY text`,
  );
  return rows;
}

/**
 * What each batch takes; what a run takes once, and what each stream asks at its end and finds nothing, is not among it as long as
 * there are more batches than streams.
 */
export function statementsPerBatch(statements: readonly StatementCalls[], batches: number): number {
  return statements.reduce((sum, { calls }) => sum + Math.floor(calls / batches), 0);
}
