import { bounded, inTransaction, type Outbox } from './database.js';

export interface CopyRepair {
  readonly batchId: string;
  /** The batch that takes its place, with the same events. */
  readonly copyId: string;
  readonly performedBy: string;
  readonly reason?: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * Replaces a delivered batch by one that is delivered as well, because `copy` has put its rows in ClickHouse under that
 * one's id, and records who did so. The batch's row stays locked meanwhile, so that two repairs do not copy at once.
 * @returns false when the batch is no longer delivered; nothing was copied then
 * @throws whatever `copy` throws; the batch stays as it is
 */
export async function replaceByCopy(
  outbox: Outbox,
  repair: CopyRepair,
  copy: () => Promise<void>,
): Promise<boolean> {
  const { schema } = outbox;
  return inTransaction(outbox, async (client) => {
    await client.query(bounded('SET LOCAL idle_in_transaction_session_timeout = 0')); // ClickHouse may take minutes
    const { rowCount } = await client.query(
      bounded(`SELECT FROM ${schema}.batch WHERE id = $1 AND status = 'DELIVERED' FOR UPDATE`, [
        repair.batchId,
      ]),
    );
    if (rowCount === 0) return false;
    await copy();
    await client.query(
      bounded(
        `WITH found AS (SELECT * FROM ${schema}.batch WHERE id = $1),
         replaced AS (
           UPDATE ${schema}.batch
           SET status = 'REPLACED', closed_at = clock_timestamp(), cleaned_at = clock_timestamp(), delivered_at = NULL
           WHERE id = $1
         ),
         copied AS (
           INSERT INTO ${schema}.batch
             (id, event_ids, event_count, first_event_time, last_event_time, oldest_captured_at, parent_id, status,
              delivered_at, cleaned_at)
           SELECT $2, event_ids, event_count, first_event_time, last_event_time, oldest_captured_at, id, 'DELIVERED',
                  clock_timestamp(), cleaned_at
           FROM found
         )
         INSERT INTO ${schema}.operator_action (performed_by, action, batch_id, event_count, reason, details)
         SELECT $3, 'repair', id, event_count, $4,
                $5::jsonb || jsonb_build_object('replacedBy', $2::uuid, 'deliveredAt', delivered_at)
         FROM found`,
        [
          repair.batchId,
          repair.copyId,
          repair.performedBy,
          repair.reason ?? null,
          JSON.stringify(repair.details),
        ],
      ),
    );
    return true;
  });
}
