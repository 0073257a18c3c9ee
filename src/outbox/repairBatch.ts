import { bounded, inTransaction, onlyRow, type Outbox } from './database.js';

export interface Repair {
  readonly batchId: string;
  /** What the batch was found as; if it is anything else by now, nothing is done. */
  readonly status: 'DELIVERED' | 'QUARANTINED' | 'AWAITING_DELIVERY';
  readonly performedBy: string;
  readonly reason?: string | undefined;
  /** What was found, for the record. */
  readonly details: Readonly<Record<string, unknown>>;
}

export type RepairResult =
  | { readonly repaired: true; readonly childId: string }
  /** `status_changed`: somebody else has dealt with it. `events_gone`: the outbox no longer has all of its events. */
  | { readonly repaired: false; readonly because: 'status_changed' | 'events_gone' };

/**
 * Replaces a batch of which ClickHouse holds something else than it should by one that owns the same events, and records
 * who did so. Before that one is sent, whatever ClickHouse holds of the old one is deleted. So this is the whole repair:
 * a crash before or after it leaves nothing half-done.
 *
 * The events must all still be there. Cleaning must not delete them between the look and the end of this transaction: it
 * locks the batch's row before it deletes events of it, and it looks at the batches again once it has locked a partition,
 * which this transaction reads and so holds.
 */
export async function repairBatch(outbox: Outbox, repair: Repair): Promise<RepairResult> {
  const { schema } = outbox;
  return inTransaction(outbox, async (client): Promise<RepairResult> => {
    const locked = await client.query<{ status: string; attempt_count: number; event_count: number }>(
      bounded(`SELECT status, attempt_count, event_count FROM ${schema}.batch WHERE id = $1 FOR UPDATE`, [
        repair.batchId,
      ]),
    );
    const [batch] = locked.rows;
    // One that awaits delivery after an attempt may be in ClickHouse rightly.
    const isAttempted = batch?.status === 'AWAITING_DELIVERY' && batch.attempt_count > 0;
    if (batch?.status !== repair.status || isAttempted) return { repaired: false, because: 'status_changed' };

    // In a statement of its own: its snapshot is later than the lock, so it misses what a cleaning before it deleted.
    const counted = await client.query<{ events: string }>(
      bounded(
        `SELECT count(*) AS events
         FROM ${schema}.batch
         CROSS JOIN LATERAL unnest(batch.event_ids) AS owned
         CROSS JOIN LATERAL (
           SELECT FROM ${schema}.event WHERE event.id >= lower(owned) AND event.id < upper(owned) OFFSET 0
         ) AS event
         WHERE batch.id = $1`,
        [repair.batchId],
      ),
    );
    if (Number(onlyRow(counted).events) !== batch.event_count)
      return { repaired: false, because: 'events_gone' };

    const replaced = await client.query<{ child_id: string }>(
      bounded(replaceText(schema), [
        repair.batchId,
        repair.performedBy,
        repair.reason ?? null,
        JSON.stringify(repair.details),
      ]),
    );
    return { repaired: true, childId: onlyRow(replaced).child_id };
  });
}

/** What was delivered awaits delivery again; what was quarantined stays so, and its rows go before it is ever sent. */
function replaceText(schema: string): string {
  return `
    WITH found AS (SELECT * FROM ${schema}.batch WHERE id = $1),
    replaced AS (
      UPDATE ${schema}.batch
      SET status = 'REPLACED', closed_at = clock_timestamp(), cleaned_at = clock_timestamp(), delivered_at = NULL
      WHERE id = $1
    ),
    child AS (
      INSERT INTO ${schema}.batch
        (event_ids, event_count, first_event_time, last_event_time, oldest_captured_at, parent_id, purge_parent, status,
         last_error_code, last_error, refused_column)
      SELECT event_ids, event_count, first_event_time, last_event_time, oldest_captured_at, id, true,
             CASE status WHEN 'QUARANTINED' THEN status ELSE 'AWAITING_DELIVERY' END,
             last_error_code, last_error, refused_column
      FROM found
      RETURNING id
    ),
    recorded AS (
      INSERT INTO ${schema}.operator_action (performed_by, action, batch_id, event_count, reason, details)
      SELECT $2, 'repair', found.id, found.event_count, $3,
             $4::jsonb || jsonb_build_object('replacedBy', child.id, 'deliveredAt', found.delivered_at)
      FROM found, child
    )
    SELECT id AS child_id FROM child`;
}
