import type { Outbox } from './database.js';

export interface TaskStatus {
  readonly name: string;
  /** What starts it: the engine of the worker that started last. */
  readonly engine: string;
  readonly intervalMs: number;
  /** Of a broker's task: when the next message is expected. */
  readonly nextDueAt: Date;
  /** Who runs it right now. */
  readonly claimedBy: string | undefined;
  /** Until when the claim holds; one that has expired is that of a worker that died. */
  readonly claimExpiresAt: Date | undefined;
  readonly pausedAt: Date | undefined;
  readonly pausedBy: string | undefined;
  /** A run that somebody asked for and that has not ended yet. */
  readonly runRequestedAt: Date | undefined;
  readonly runRequestedBy: string | undefined;
  readonly lastStartedAt: Date | undefined;
  readonly lastFinishedAt: Date | undefined;
  readonly lastError: string | undefined;
  /** What the last run did, as JSON. */
  readonly lastReport: Readonly<Record<string, unknown>> | undefined;
}

/** The tasks as the clock in Postgres has them. Empty when no worker has ever started. */
export async function readTasks(outbox: Outbox): Promise<TaskStatus[]> {
  const { rows } = await outbox.query<TaskRow>(
    `SELECT name, engine, interval_ms, next_due_at, claimed_by, claim_expires_at, paused_at, paused_by, run_requested_at,
            run_requested_by, last_started_at, last_finished_at, last_error, last_report
     FROM ${outbox.schema}.task
     ORDER BY interval_ms, name`,
  );
  return rows.map((row) => ({
    name: row.name,
    engine: row.engine,
    intervalMs: Number(row.interval_ms),
    nextDueAt: row.next_due_at,
    claimedBy: row.claimed_by ?? undefined,
    claimExpiresAt: row.claim_expires_at ?? undefined,
    pausedAt: row.paused_at ?? undefined,
    pausedBy: row.paused_by ?? undefined,
    runRequestedAt: row.run_requested_at ?? undefined,
    runRequestedBy: row.run_requested_by ?? undefined,
    lastStartedAt: row.last_started_at ?? undefined,
    lastFinishedAt: row.last_finished_at ?? undefined,
    lastError: row.last_error ?? undefined,
    lastReport: row.last_report ?? undefined,
  }));
}

interface TaskRow {
  readonly name: string;
  readonly engine: string;
  readonly interval_ms: string;
  readonly next_due_at: Date;
  readonly claimed_by: string | null;
  readonly claim_expires_at: Date | null;
  readonly paused_at: Date | null;
  readonly paused_by: string | null;
  readonly run_requested_at: Date | null;
  readonly run_requested_by: string | null;
  readonly last_started_at: Date | null;
  readonly last_finished_at: Date | null;
  readonly last_error: string | null;
  readonly last_report: Record<string, unknown> | null;
}
