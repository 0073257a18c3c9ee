import { isoText } from './isoText.js';

export type BatchStatus =
  'AWAITING_DELIVERY' | 'SENDING' | 'DELIVERED' | 'QUARANTINED' | 'REPLACED' | 'DROPPED';

/** A batch as a person looks at it. Times are ISO 8601, UTC, with microseconds. */
export interface BatchRecord {
  readonly id: string;
  readonly seq: string;
  readonly status: BatchStatus;
  readonly eventCount: number;
  readonly attemptCount: number;
  readonly sealedAt: string;
  /** While it awaits delivery and is not due; null otherwise. */
  readonly notBefore: string | null;
  readonly deliveredAt: string | null;
  readonly closedAt: string | null;
  readonly cleanedAt: string | null;
  readonly claimedBy: string | null;
  readonly claimExpiresAt: string | null;
  readonly firstEventTime: string;
  readonly lastEventTime: string;
  readonly oldestCapturedAt: string;
  /** From the capture of its oldest event to its confirmation, in milliseconds. */
  readonly delayMs: number | null;
  readonly lastErrorCode: string | null;
  readonly lastError: string | null;
  readonly parentId: string | null;
}

/** The columns of a `BatchRecord`. `errorCharsMax`: of its last error. */
export function batchRecordColumns(errorCharsMax: number): string {
  return `
    batch.id, batch.seq, batch.status, batch.event_count AS "eventCount", batch.attempt_count AS "attemptCount",
    ${isoText('batch.sealed_at')} AS "sealedAt",
    CASE WHEN batch.status = 'AWAITING_DELIVERY' AND batch.not_before > clock_timestamp()
         THEN ${isoText('batch.not_before')} END AS "notBefore",
    ${isoText('batch.delivered_at')} AS "deliveredAt",
    ${isoText('batch.closed_at')} AS "closedAt",
    ${isoText('batch.cleaned_at')} AS "cleanedAt",
    batch.claimed_by AS "claimedBy",
    ${isoText('batch.claim_expires_at')} AS "claimExpiresAt",
    ${isoText('batch.first_event_time')} AS "firstEventTime",
    ${isoText('batch.last_event_time')} AS "lastEventTime",
    ${isoText('batch.oldest_captured_at')} AS "oldestCapturedAt",
    CASE WHEN batch.delivered_at IS NOT NULL THEN
      greatest(0, extract(epoch FROM batch.delivered_at - batch.oldest_captured_at) * 1000)::double precision
    END AS "delayMs",
    batch.last_error_code AS "lastErrorCode",
    left(batch.last_error, ${String(errorCharsMax)}) AS "lastError",
    batch.parent_id AS "parentId"`;
}

export const errorCharsInListMax = 300;
/** Longer than any that is kept. */
export const errorCharsMax = 10_000;
