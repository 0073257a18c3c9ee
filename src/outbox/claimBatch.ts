import type { Outbox } from './database.js';

export interface ClaimRequest {
  /** Who claims: unique for each worker. */
  readonly claimedBy: string;
  /** How long the claim holds without a renewal, in milliseconds. */
  readonly leaseMs: number;
  /** Only this batch; the oldest due one when not given. */
  readonly batchId?: string | undefined;
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
  /** How long it had been due when it was claimed, in milliseconds; undefined for one that was due from the start. */
  readonly dueForMs: number | undefined;
  /** Set when ClickHouse may hold rows of the batch that this one replaces: they must be gone before it is sent. */
  readonly purgeParentId: string | undefined;
}

/**
 * Claims the oldest batch that is due: one that awaits delivery, or one whose claim has expired.
 * Raises the claim's epoch, so that a worker which lost its claim can no longer write (see ARCHITECTURE, "Fence").
 * Returns undefined when nothing is due.
 */
export async function claimBatch(outbox: Outbox, claim: ClaimRequest): Promise<ClaimedBatch | undefined> {
  const { rows } = await outbox.query<ClaimRow>(claimBatchText(outbox.schema), [
    claim.claimedBy,
    claim.leaseMs,
    claim.batchId ?? null,
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
        dueForMs: row.due_for_ms ?? undefined,
        purgeParentId: row.purge_parent_id ?? undefined,
      };
}

function claimBatchText(schema: string): string {
  return `
    WITH due AS MATERIALIZED (
      SELECT id, CASE status WHEN 'SENDING' THEN claim_expires_at ELSE not_before END AS due_at
      FROM ${schema}.batch
      WHERE status IN ('AWAITING_DELIVERY', 'SENDING')
        AND CASE status WHEN 'SENDING' THEN claim_expires_at ELSE not_before END <= clock_timestamp()
        AND ($3::uuid IS NULL OR id = $3::uuid)
      ORDER BY seq
      LIMIT 1
      FOR UPDATE SKIP LOCKED
    )
    UPDATE ${schema}.batch
    SET status = 'SENDING',
        claimed_by = $1,
        claim_epoch = claim_epoch + 1,
        claim_expires_at = clock_timestamp() + $2::double precision * interval '1 millisecond',
        attempt_count = attempt_count + 1
    FROM due
    WHERE batch.id = due.id
    RETURNING batch.id, claim_epoch, event_count, first_event_time, last_event_time, attempt_count,
              CASE WHEN purge_parent THEN parent_id END AS purge_parent_id,
              CASE WHEN isfinite(due_at) THEN extract(epoch FROM clock_timestamp() - due_at)::double precision * 1000 END
                AS due_for_ms`;
}

interface ClaimRow {
  readonly id: string;
  readonly claim_epoch: number;
  readonly event_count: number;
  readonly first_event_time: Date;
  readonly last_event_time: Date;
  readonly attempt_count: number;
  readonly due_for_ms: number | null;
  readonly purge_parent_id: string | null;
}
