import type { Outbox } from './database.js';

export interface FailingBatch {
  readonly batchId: string;
  readonly eventCount: number;
  readonly attemptCount: number;
  readonly errorCode: string | undefined;
  readonly errorText: string | undefined;
}

/** Undelivered batches that were attempted more often than `attempts`, those with the most attempts first. */
export async function readFailingBatches(
  outbox: Outbox,
  attempts: number,
  countMax: number,
): Promise<FailingBatch[]> {
  const { rows } = await outbox.query<BatchRow>(
    `SELECT id, event_count, attempt_count, last_error_code, last_error
     FROM ${outbox.schema}.batch
     WHERE status IN ('AWAITING_DELIVERY', 'SENDING') AND attempt_count > $1 AND last_error_code IS NOT NULL
     ORDER BY attempt_count DESC, seq
     LIMIT $2`,
    [attempts, countMax],
  );
  return rows.map((row) => ({
    batchId: row.id,
    eventCount: row.event_count,
    attemptCount: row.attempt_count,
    errorCode: row.last_error_code ?? undefined,
    errorText: row.last_error ?? undefined,
  }));
}

interface BatchRow {
  readonly id: string;
  readonly event_count: number;
  readonly attempt_count: number;
  readonly last_error_code: string | null;
  readonly last_error: string | null;
}
