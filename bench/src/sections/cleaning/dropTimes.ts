import { open } from 'node:fs/promises';
import type pg from 'pg';

/** What the drops of one cleaning took, by Postgres's own log, in milliseconds. */
export interface DropTimes {
  /** From LOCK to the end of TRUNCATE or DROP: as long as these run, locks are held. */
  readonly lockedMs: number;
  /** COMMIT, which removes the files after it has given the locks back. */
  readonly commitMs: number;
}

/**
 * Has Postgres log what each statement takes that the owner's new connections to the database send. Its log is the one
 * place that tells what a COMMIT takes: pg_stat_statements leaves out what happens at the end of a transaction.
 */
export async function logStatements(pool: pg.Pool): Promise<void> {
  await pool.query(`
    DO $do$
    BEGIN
      EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %I SET log_min_duration_statement = 0', current_database());
    END
    $do$`);
}

/** The end of the log as it is now, from which on `readDropTimes` reads. */
export async function logEnd(logFile: string): Promise<number> {
  const file = await open(logFile);
  try {
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

export async function readDropTimes(logFile: string, from: number): Promise<DropTimes> {
  const file = await open(logFile);
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    return dropTimes(buffer.toString());
  } finally {
    await file.close();
  }
}

/** `2026-01-01 00:00:00.000 UTC [123] LOG:  duration: 1.234 ms  statement: TRUNCATE …` */
const line = /\[(\d+)\] LOG: {2}duration: ([\d.]+) ms {2}(?:statement|execute [^:]*): (.*)/g;

function dropTimes(log: string): DropTimes {
  let lockedMs = 0;
  let commitMs = 0;
  /** Of each process, the time of its transaction so far, once it has locked a partition. */
  const transactions = new Map<string, number>();
  for (const [, pid = '', ms = '', statement = ''] of log.matchAll(line)) {
    const sinceLock = transactions.get(pid);
    if (statement.startsWith('LOCK TABLE')) transactions.set(pid, Number(ms));
    else if (sinceLock !== undefined && statement === 'COMMIT') {
      lockedMs += sinceLock;
      commitMs += Number(ms);
      transactions.delete(pid);
    } else if (sinceLock !== undefined) transactions.set(pid, sinceLock + Number(ms));
  }
  return { lockedMs, commitMs };
}
