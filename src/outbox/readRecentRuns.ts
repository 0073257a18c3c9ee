import type { Outbox } from './database.js';

export interface RecentRun {
  readonly runId: string;
  readonly worker: string;
  readonly startedAt: Date;
  readonly finishedAt: Date | undefined;
  /** Undefined while it goes on, and for ever when its worker died. */
  readonly endedBecause: string | undefined;
  readonly durationMs: number | undefined;
  readonly batchesDelivered: number;
  readonly eventsDelivered: number;
  readonly attemptsFailed: number;
  readonly errorText: string | undefined;
}

/** The latest runs, newest first. */
export async function readRecentRuns(outbox: Outbox, count: number): Promise<RecentRun[]> {
  const { rows } = await outbox.query<RunRow>(
    `SELECT id, worker, started_at, finished_at, ended_because, duration_ms, batches_delivered, events_delivered,
            attempts_failed, error_text
     FROM ${outbox.schema}.run
     ORDER BY started_at DESC
     LIMIT $1`,
    [count],
  );
  return rows.map((row) => ({
    runId: row.id,
    worker: row.worker,
    startedAt: row.started_at,
    finishedAt: row.finished_at ?? undefined,
    endedBecause: row.ended_because ?? undefined,
    durationMs: row.duration_ms === null ? undefined : Number(row.duration_ms),
    batchesDelivered: row.batches_delivered,
    eventsDelivered: Number(row.events_delivered),
    attemptsFailed: row.attempts_failed,
    errorText: row.error_text ?? undefined,
  }));
}

interface RunRow {
  readonly id: string;
  readonly worker: string;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly ended_because: string | null;
  readonly duration_ms: string | null;
  readonly batches_delivered: number;
  readonly events_delivered: string;
  readonly attempts_failed: number;
  readonly error_text: string | null;
}
