import { claimedBatch, type ClaimedBatch, type ClaimRow } from './claimBatch.js';
import { onlyRow, type Outbox } from './database.js';

export interface TakeRequest {
  /** Who takes it: unique for each worker. */
  readonly claimedBy: string;
  /** How long the claim holds without a renewal, in milliseconds. */
  readonly leaseMs: number;
  /** A batch that was attempted as often is left alone. */
  readonly attemptsMax: number;
  /** Events in a batch that is sealed. */
  readonly quantity: number;
  /** Seal a smaller batch where fewer events wait. */
  readonly partial: boolean;
}

export type TakeResult =
  | {
      readonly batch: ClaimedBatch;
      /** It was sealed just now, and was no older batch that was due. */
      readonly sealed: boolean;
    }
  | {
      readonly batch: undefined;
      /** When the oldest was captured of the events that wait, fewer than a batch; undefined when none waits. */
      readonly oldestWaitingAt: Date | undefined;
    };

/**
 * Takes the next batch, in one statement: claims the oldest that is due, or else seals the next events and claims that
 * batch. The rules stand in sql/postgres/0005_take_batch.sql and 0002_seal_batch.sql.
 *
 * As statements of their own, looking, sealing and claiming took three round trips, and two commits that wait for the disk.
 */
export async function takeBatch(outbox: Outbox, take: TakeRequest): Promise<TakeResult> {
  const row = onlyRow(
    await outbox.query<TakenRow | NothingTakenRow>(
      `SELECT * FROM ${outbox.schema}.take_batch($1, $2, $3, $4, $5)`,
      [take.claimedBy, take.leaseMs, take.attemptsMax, take.quantity, take.partial],
    ),
  );
  return row.batch_id === null
    ? { batch: undefined, oldestWaitingAt: row.oldest_waiting_at ?? undefined }
    : { batch: claimedBatch(row), sealed: row.sealed };
}

interface TakenRow extends ClaimRow {
  readonly sealed: boolean;
}

interface NothingTakenRow {
  readonly batch_id: null;
  readonly oldest_waiting_at: Date | null;
}
