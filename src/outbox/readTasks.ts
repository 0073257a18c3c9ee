import type { Outbox } from './database.js';

export interface TaskStatus {
  readonly name: string;
  readonly intervalMs: number;
  readonly nextDueAt: Date;
  /** Who runs it right now. */
  readonly claimedBy: string | undefined;
  readonly lastStartedAt: Date | undefined;
  readonly lastFinishedAt: Date | undefined;
  readonly lastError: string | undefined;
}

/** The tasks as the clock in Postgres has them. Empty when no worker has ever started. */
export async function readTasks(outbox: Outbox): Promise<TaskStatus[]> {
  const { rows } = await outbox.query<TaskRow>(
    `SELECT name, interval_ms, next_due_at, claimed_by, last_started_at, last_finished_at, last_error
     FROM ${outbox.schema}.task
     ORDER BY interval_ms, name`,
  );
  return rows.map((row) => ({
    name: row.name,
    intervalMs: Number(row.interval_ms),
    nextDueAt: row.next_due_at,
    claimedBy: row.claimed_by ?? undefined,
    lastStartedAt: row.last_started_at ?? undefined,
    lastFinishedAt: row.last_finished_at ?? undefined,
    lastError: row.last_error ?? undefined,
  }));
}

interface TaskRow {
  readonly name: string;
  readonly interval_ms: string;
  readonly next_due_at: Date;
  readonly claimed_by: string | null;
  readonly last_started_at: Date | null;
  readonly last_finished_at: Date | null;
  readonly last_error: string | null;
}
