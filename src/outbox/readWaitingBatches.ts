import type { Outbox } from './database.js';
import type { WaitingStatus } from './waitingEvent.js';

export interface WaitingBatch {
  readonly id: string;
  readonly seq: string;
  readonly status: WaitingStatus;
}

/** The batches that are not delivered and may still be, in the order of sealing, after one of them. */
export async function readWaitingBatches(
  outbox: Outbox,
  statuses: readonly WaitingStatus[],
  afterSeq: string,
  limit: number,
): Promise<WaitingBatch[]> {
  const page = (condition: string): string => `
    (SELECT id, seq, status
     FROM ${outbox.schema}.batch
     WHERE ${condition} AND status = ANY ($1::text[]) AND seq > $2::bigint
     ORDER BY seq
     LIMIT $3)`;
  const { rows } = await outbox.query<WaitingBatch>(
    `SELECT * FROM (
       ${page("status IN ('AWAITING_DELIVERY', 'SENDING')")} UNION ALL ${page("status = 'QUARANTINED'")}
     ) AS waiting
     ORDER BY seq
     LIMIT $3`,
    [statuses, afterSeq, limit],
  );
  return rows;
}
