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
  const { rows } = await outbox.query<ClaimRow>(
    `SELECT * FROM ${outbox.schema}.claim_batch($1, $2, $3, $4)`,
    [claim.claimedBy, claim.leaseMs, claim.batchId ?? null, claim.attemptsMax ?? null],
  );
  return rows[0] === undefined ? undefined : claimedBatch(rows[0]);
}

/** A claimed batch, as the functions of the database return it. */
export interface ClaimRow {
  readonly batch_id: string;
  readonly claim_epoch: number;
  readonly event_count: number;
  readonly first_event_time: Date;
  readonly last_event_time: Date;
  readonly attempt_count: number;
  readonly purge_parent_id: string | null;
}

export function claimedBatch(row: ClaimRow): ClaimedBatch {
  return {
    id: row.batch_id,
    epoch: row.claim_epoch,
    eventCount: row.event_count,
    firstEventTime: row.first_event_time,
    lastEventTime: row.last_event_time,
    attemptCount: row.attempt_count,
    purgeParentId: row.purge_parent_id ?? undefined,
  };
}
