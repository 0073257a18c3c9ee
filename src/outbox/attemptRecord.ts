import type { AttemptOutcome } from './attempt.js';
import { isoText } from './isoText.js';

/** An attempt as a person looks at it. */
export interface AttemptRecord {
  readonly id: string;
  readonly batchId: string;
  readonly runId: string;
  readonly number: number;
  readonly outcome: AttemptOutcome;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly rows: number;
  readonly bytes: number;
  readonly errorCode: string | null;
  readonly errorText: string | null;
}

/** Its columns. Counts are far below 2^53, so they come as numbers and not as text. */
export const attemptRecordColumns = `
  attempt.id, attempt.batch_id AS "batchId", attempt.run_id AS "runId", attempt.number, attempt.outcome,
  ${isoText('attempt.started_at')} AS "startedAt", attempt.duration_ms AS "durationMs",
  attempt.rows::double precision AS rows, attempt.bytes::double precision AS bytes,
  attempt.error_code AS "errorCode", attempt.error_text AS "errorText"`;
