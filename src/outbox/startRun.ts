import type { Outbox } from './database.js';

export interface RunStart {
  readonly runId: string;
  readonly worker: string;
  readonly startedAt: Date;
}

/** Notes that a run has begun. A run whose worker dies stays without an end. */
export async function startRun(outbox: Outbox, run: RunStart): Promise<void> {
  await outbox.query(`INSERT INTO ${outbox.schema}.run (id, worker, started_at) VALUES ($1, $2, $3)`, [
    run.runId,
    run.worker,
    run.startedAt,
  ]);
}
