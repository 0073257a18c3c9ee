import type { Outbox } from './database.js';

export interface ClaimRequest {
  /** Who claims: unique for each worker. */
  readonly claimedBy: string;
  /** How long the claim holds without a renewal, in milliseconds. */
  readonly leaseMs: number;
  /** Only this batch. */
  readonly batchId?: string | undefined;
  /** Only a batch that was attempted less often, the oldest first. */
  readonly attemptsMax?: number | undefined;
}

/** A batch that is ours until its lease ends. Every later write names the epoch. */
export interface ClaimedBatch {
  readonly id: string;
  readonly epoch: number;
  readonly eventCount: number;
  readonly firstEventTime: Date;
  readonly lastEventTime: Date;
  /** Attempts so far, this one included. */
  readonly attemptCount: number;
  /** Set when ClickHouse may hold rows of the batch that this one replaces: they must be gone before it is sent. */
  readonly purgeParentId: string | undefined;
}

/**
 * Claims a batch that is due: one that awaits delivery, or one whose claim has expired. Of all of them it takes the one that was
 * attempted least often, the oldest of these: one that nothing helps comes after those that an outage held up.
 * Raises the claim's epoch, so that a worker which lost its claim can no longer write (see ARCHITECTURE, "Fence").
 * Returns undefined when nothing is due.
 */
export async function claimBatch(outbox: Outbox, claim: ClaimRequest): Promise<ClaimedBatch | undefined> {
  const { rows } = await outbox.query<ClaimRow>(claimBatchText(outbox.schema, claim), [
    claim.claimedBy,
    claim.leaseMs,
    claim.batchId ?? null,
    claim.attemptsMax ?? null,
  ]);
  const [row] = rows;
  return row === undefined
    ? undefined
    : {
        id: row.id,
        epoch: row.claim_epoch,
        eventCount: row.event_count,
        firstEventTime: row.first_event_time,
        lastEventTime: row.last_event_time,
        attemptCount: row.attempt_count,
        purgeParentId: row.purge_parent_id ?? undefined,
      };
}

function claimBatchText(schema: string, { attemptsMax }: ClaimRequest): string {
  // Sorted by the index where a limit is given, as for each batch of a run; by attempts once a run has done all else.
  const order = attemptsMax === undefined ? 'attempt_count, seq' : 'seq';
  return `
    UPDATE ${schema}.batch
    SET status = 'SENDING',
        claimed_by = $1,
        claim_epoch = claim_epoch + 1,
        claim_expires_at = clock_timestamp() + $2::double precision * interval '1 millisecond',
        attempt_count = attempt_count + 1
    WHERE id = (
      SELECT id
      FROM ${schema}.batch
      WHERE status IN ('AWAITING_DELIVERY', 'SENDING')
        AND CASE status WHEN 'SENDING' THEN claim_expires_at ELSE not_before END <= clock_timestamp()
        AND ($3::uuid IS NULL OR id = $3::uuid)
        AND ($4::integer IS NULL OR attempt_count < $4::integer)
      ORDER BY ${order}
      LIMIT 1
      FOR UPDATE SKIP LOCKED
    )
    RETURNING id, claim_epoch, event_count, first_event_time, last_event_time, attempt_count,
              CASE WHEN purge_parent THEN parent_id END AS purge_parent_id`;
}

interface ClaimRow {
  readonly id: string;
  readonly claim_epoch: number;
  readonly event_count: number;
  readonly first_event_time: Date;
  readonly last_event_time: Date;
  readonly attempt_count: number;
  readonly purge_parent_id: string | null;
}
