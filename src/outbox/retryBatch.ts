import type { Outbox } from './database.js';

export interface RetryDecision {
  readonly batchId: string;
  readonly performedBy: string;
  readonly reason?: string | undefined;
}

/**
 * Makes a batch due at once that awaits delivery and waits for its time, and records who decided so, in one statement.
 * Its attempts stay counted, so ClickHouse is asked what it holds of it before it is sent.
 * @returns `due`; `already_due`; `not_awaiting` when it is in another status, and was not changed; `unknown` when there
 *   is no such batch
 */
export async function retryBatch(
  outbox: Outbox,
  { batchId, performedBy, reason }: RetryDecision,
): Promise<'due' | 'already_due' | 'not_awaiting' | 'unknown'> {
  const { rows } = await outbox.query<{ status: string; changed: boolean }>(
    `WITH due AS (
       UPDATE ${outbox.schema}.batch SET not_before = '-infinity'
       WHERE id = $1 AND status = 'AWAITING_DELIVERY' AND not_before > clock_timestamp()
       RETURNING id, event_count, attempt_count, last_error_code
     ),
     recorded AS (
       INSERT INTO ${outbox.schema}.operator_action (performed_by, action, batch_id, event_count, reason, details)
       SELECT $2, 'retry', id, event_count, $3,
              jsonb_strip_nulls(jsonb_build_object('attempts', attempt_count, 'code', last_error_code))
       FROM due
     )
     SELECT status, EXISTS (SELECT FROM due) AS changed FROM ${outbox.schema}.batch WHERE id = $1`,
    [batchId, performedBy, reason ?? null],
  );
  const [row] = rows;
  if (row === undefined) return 'unknown';
  if (row.changed) return 'due';
  return row.status === 'AWAITING_DELIVERY' ? 'already_due' : 'not_awaiting';
}
