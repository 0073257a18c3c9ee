import type { Outbox } from './database.js';

/** The figures of a run, as table `run` keeps them. */
export interface RunFigures {
  readonly runId: string;
  readonly finishedAt: Date;
  readonly durationMs: number;
  readonly endedBecause: string;
  readonly batchesSealed: number;
  readonly batchesDelivered: number;
  readonly attemptsSucceeded: number;
  readonly attemptsFailed: number;
  /** Batches that another worker had taken over before this one was done with them. */
  readonly claimsLost: number;
  readonly eventsDelivered: number;
  /** Bytes of delivered batches as sent, before compression. */
  readonly bytesDelivered: number;
  /** Batches that were cut in pieces because ClickHouse refused some row of theirs. */
  readonly batchesSplit: number;
  /** Events that ClickHouse refuses for their data, each standing alone now. */
  readonly eventsQuarantined: number;
  /** The last thing that went wrong, if anything did, even if the run got over it. */
  readonly error?: { readonly code: string; readonly text: string } | undefined;
}

/** Notes how a run ended. */
export async function finishRun(outbox: Outbox, run: RunFigures): Promise<void> {
  await outbox.query(
    `UPDATE ${outbox.schema}.run
     SET finished_at = $2, ended_because = $3, batches_sealed = $4, batches_delivered = $5, attempts_succeeded = $6,
         attempts_failed = $7, claims_lost = $8, events_delivered = $9, bytes_delivered = $10, duration_ms = $11,
         error_code = $12, error_text = $13, batches_split = $14, events_quarantined = $15
     WHERE id = $1`,
    [
      run.runId,
      run.finishedAt,
      run.endedBecause,
      run.batchesSealed,
      run.batchesDelivered,
      run.attemptsSucceeded,
      run.attemptsFailed,
      run.claimsLost,
      run.eventsDelivered,
      run.bytesDelivered,
      run.durationMs,
      run.error?.code ?? null,
      run.error?.text ?? null,
      run.batchesSplit,
      run.eventsQuarantined,
    ],
  );
}
