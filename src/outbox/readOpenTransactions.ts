import type { Outbox } from './database.js';

/** A transaction of somebody that holds a lock on table `event`. */
export interface OpenTransaction {
  /** Undefined for a prepared transaction, which no process has any more. */
  readonly pid: number | undefined;
  /** The name of a prepared transaction. */
  readonly preparedAs: string | undefined;
  readonly role: string;
  readonly applicationName: string;
  /** Such as `idle in transaction`. Undefined where this role may not see it, and for a prepared one. */
  readonly state: string | undefined;
  /** How long it has been open, in milliseconds. Undefined where this role may not see it. */
  readonly ageMs: number | undefined;
  /** How long ago its latest statement began, in milliseconds. */
  readonly statementAgeMs: number | undefined;
  /** It has written to `event`, so it may hold ids that are not visible yet; else it only reads. */
  readonly writes: boolean;
}

const transactionsMax = 1_000;

/** The transactions that hold table `event`, the oldest first. This connection's own is not among them. */
export async function readOpenTransactions(outbox: Outbox): Promise<OpenTransaction[]> {
  const { rows } = await outbox.query<TransactionRow>(
    `WITH held AS (
       SELECT lock.pid, lock.virtualtransaction, bool_or(lock.mode <> 'AccessShareLock') AS writes
       FROM pg_locks AS lock
       WHERE lock.locktype = 'relation'
         AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND lock.relation = to_regclass($1)
         AND lock.granted
         AND lock.pid IS DISTINCT FROM pg_backend_pid()
       GROUP BY lock.pid, lock.virtualtransaction
     )
     SELECT held.pid, prepared.gid AS prepared_as,
            coalesce(activity.usename, prepared.owner)::text AS role,
            activity.application_name, activity.state, held.writes,
            (extract(epoch FROM clock_timestamp() - coalesce(activity.xact_start, prepared.prepared)) * 1000
              )::double precision AS age_ms,
            (extract(epoch FROM clock_timestamp() - activity.query_start) * 1000)::double precision AS statement_age_ms
     FROM held
     LEFT JOIN pg_stat_activity AS activity ON activity.pid = held.pid
     -- Until Postgres restarts, a prepared transaction keeps the virtual id of the session that prepared it; what
     -- leads to its name is the lock on its own transaction id.
     LEFT JOIN pg_locks AS own ON held.pid IS NULL AND own.pid IS NULL AND own.locktype = 'transactionid'
       AND own.virtualtransaction = held.virtualtransaction
     LEFT JOIN pg_prepared_xacts AS prepared ON prepared.transaction = own.transactionid
     WHERE activity.pid IS NOT NULL OR held.pid IS NULL
     ORDER BY age_ms DESC NULLS LAST
     LIMIT $2`,
    [`${outbox.schema}.event`, transactionsMax],
  );
  return rows.map((row) => ({
    pid: row.pid ?? undefined,
    preparedAs: row.pid === null ? (row.prepared_as ?? 'unknown') : undefined,
    role: row.role ?? 'unknown',
    applicationName: row.application_name ?? '',
    state: row.state ?? undefined,
    ageMs: row.age_ms ?? undefined,
    statementAgeMs: row.statement_age_ms ?? undefined,
    writes: row.writes,
  }));
}

interface TransactionRow {
  readonly pid: number | null;
  readonly prepared_as: string | null;
  readonly role: string | null;
  readonly application_name: string | null;
  readonly state: string | null;
  readonly age_ms: number | null;
  readonly statement_age_ms: number | null;
  readonly writes: boolean;
}
