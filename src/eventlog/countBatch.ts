import { queryRows, quotedTable, type EventLog } from './client.js';
import { eventTimeBounds, eventTimeCondition } from './eventTimeBounds.js';

export interface BatchToCount {
  readonly id: string;
  readonly firstEventTime: Date;
  readonly lastEventTime: Date;
}

export interface BatchCount {
  readonly rows: number;
  /** Event ids among them. Fewer than rows where some are there twice. */
  readonly events: number;
}

/** Counts the rows of a batch that ClickHouse holds. The times of its events keep the count to the parts they lie in. */
export async function countBatch(
  eventLog: EventLog,
  batch: BatchToCount,
  signal?: AbortSignal,
): Promise<BatchCount> {
  const [row] = await queryRows<{ rows: string | number; events: string | number }>(
    eventLog,
    `SELECT count() AS rows, uniqExact(event_id) AS events
     FROM ${quotedTable(eventLog)}
     WHERE ${ofBatchText}
     SETTINGS select_sequential_consistency = 1`,
    ofBatchParameters(batch),
    signal,
  );
  if (row === undefined)
    throw new Error('ClickHouse, or who answers for it, has answered a count with nothing.');
  return { rows: Number(row.rows), events: Number(row.events) };
}

/** Which rows are those of a batch. The times of its events keep what reads or deletes them to the parts they lie in. */
export const ofBatchText = `batch_id = {id: UUID} AND ${eventTimeCondition}`;

export function ofBatchParameters(batch: BatchToCount): Record<string, unknown> {
  return { id: batch.id, ...eventTimeBounds(batch) };
}
