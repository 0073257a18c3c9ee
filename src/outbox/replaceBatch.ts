import { attemptValues, type Attempt, type AttemptOutcome } from './attempt.js';
import type { ClaimedBatch } from './claimBatch.js';
import { onlyRow, type Outbox } from './database.js';

export interface Replacement {
  /**
   * Where the children after the first begin: positions of events in the batch, in id order, which is the order in which
   * they are sent. The first event has position 1. Empty: one child, with all events.
   */
  readonly cuts: readonly number[];
  /** ClickHouse holds rows of the batch, or may: they have to be gone before a child is sent. */
  readonly purge: boolean;
  readonly outcome: Extract<AttemptOutcome, 'unknown' | 'rejected'>;
}

/**
 * Replaces a batch by children that own its events from now on and are due at once, and records the attempt, in one
 * statement. The batch itself is kept, as REPLACED. Which events a child owns follows from the ids that the batch owns, so none can get lost.
 * @returns the children's ids in the order of their events; undefined when the claim was lost: the batch is left as the
 *   other worker has it
 */
export async function replaceBatch(
  outbox: Outbox,
  batch: ClaimedBatch,
  attempt: Attempt,
  replacement: Replacement,
): Promise<readonly string[] | undefined> {
  const { schema } = outbox;
  const { child_ids: childIds } = onlyRow(
    await outbox.query<{ child_ids: string[] | null }>(
      `WITH replaced AS (
         UPDATE ${schema}.batch
         SET status = 'REPLACED', closed_at = clock_timestamp(), cleaned_at = clock_timestamp(),
             claimed_by = NULL, claim_expires_at = NULL, last_error_code = $9, last_error = $10
         WHERE id = $1 AND claim_epoch = $2 AND status = 'SENDING'
         RETURNING *
       ),
       piece AS (
         SELECT width_bucket(owned.position, $11::bigint[]) AS number, count(*)::integer AS event_count,
                range_agg(int8range(owned.id, owned.id, '[]')) AS event_ids
         FROM (
           SELECT each.id, row_number() OVER (ORDER BY each.id) AS position
           FROM replaced
           CROSS JOIN LATERAL unnest(replaced.event_ids) AS ids
           CROSS JOIN LATERAL generate_series(lower(ids), upper(ids) - 1) AS each (id)
         ) AS owned
         GROUP BY 1
       ),
       child AS (
         INSERT INTO ${schema}.batch
           (event_ids, event_count, first_event_time, last_event_time, oldest_captured_at, parent_id,
            purge_parent, last_error_code, last_error)
         SELECT piece.event_ids, piece.event_count, replaced.first_event_time, replaced.last_event_time,
                replaced.oldest_captured_at, replaced.id, $12, $9, $10
         FROM replaced, piece
         ORDER BY piece.number
         RETURNING id, seq
       ),
       recorded AS (
         INSERT INTO ${schema}.attempt
           (batch_id, number, run_id, started_at, duration_ms, rows, bytes, error_code, error_text, outcome)
         SELECT $1, $3, $4, $5, $6, $7, $8, $9, $10,
                CASE WHEN EXISTS (SELECT FROM replaced) THEN $13 ELSE 'claim_lost' END
       )
       SELECT array_agg(id ORDER BY seq) AS child_ids FROM child`,
      [
        batch.id,
        batch.epoch,
        batch.attemptCount,
        ...attemptValues(attempt),
        replacement.cuts,
        replacement.purge,
        replacement.outcome,
      ],
    ),
  );
  return childIds ?? undefined;
}
