import { onlyRow, type Outbox } from '../../src/outbox/database.js';

export type SealResult =
  | { readonly sealed: true; readonly batchId: string; readonly eventCount: number }
  | {
      readonly sealed: false;
      /** Committed events that no batch owns; fewer than were asked for. */
      readonly waitingCount: number;
      /** When the oldest of them was captured. */
      readonly oldestCapturedAt: Date | undefined;
    };

/**
 * Seals the next batch of `quantity` events; with `partial`, a smaller one when there are fewer.
 * One round trip; the rules stand in sql/postgres/0002_seal_batch.sql.
 */
export async function sealBatch(outbox: Outbox, quantity: number, partial: boolean): Promise<SealResult> {
  const row = onlyRow(
    await outbox.query<SealRow>(
      `SELECT batch_id, event_count, oldest_captured_at FROM ${outbox.schema}.seal_batch($1, $2)`,
      [quantity, partial],
    ),
  );
  if (row.batch_id !== null) return { sealed: true, batchId: row.batch_id, eventCount: row.event_count };
  return {
    sealed: false,
    waitingCount: row.event_count,
    oldestCapturedAt: row.oldest_captured_at ?? undefined,
  };
}

interface SealRow {
  readonly batch_id: string | null;
  readonly event_count: number;
  readonly oldest_captured_at: Date | null;
}
