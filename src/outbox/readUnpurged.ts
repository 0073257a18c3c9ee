import type { Outbox } from './database.js';

/** A batch that is never sent as it is, but whose parent may have left rows in ClickHouse. */
export interface UnpurgedBatch {
  readonly id: string;
  readonly parent: { readonly id: string; readonly firstEventTime: Date; readonly lastEventTime: Date };
}

/** Taken up in one run; each costs three statements in ClickHouse. */
const batchesPerCallMax = 100;

/** Reads the quarantined and dropped batches whose parents' rows ClickHouse may hold, oldest first. */
export async function readUnpurged(outbox: Outbox): Promise<UnpurgedBatch[]> {
  const { rows } = await outbox.query<UnpurgedRow>(
    `SELECT id, parent_id, first_event_time, last_event_time
     FROM ${outbox.schema}.batch
     WHERE purge_parent AND status IN ('QUARANTINED', 'DROPPED')
     ORDER BY seq
     LIMIT ${String(batchesPerCallMax)}`,
  );
  return rows.map((row) => ({
    id: row.id,
    parent: {
      id: row.parent_id,
      firstEventTime: row.first_event_time,
      lastEventTime: row.last_event_time,
    },
  }));
}

interface UnpurgedRow {
  readonly id: string;
  readonly parent_id: string;
  readonly first_event_time: Date;
  readonly last_event_time: Date;
}
