import { queryRows, quotedTable, type EventLog } from './client.js';
import { eventTimeBounds, eventTimeCondition } from './eventTimeBounds.js';

/** The ids of batches of which ClickHouse holds events of some time, `limit` of them at most, in no order. */
export async function readBatchIds(
  eventLog: EventLog,
  times: { readonly firstEventTime: Date; readonly lastEventTime: Date },
  limit: number,
  signal?: AbortSignal,
): Promise<string[]> {
  const rows = await queryRows<{ id: string }>(
    eventLog,
    `SELECT DISTINCT toString(batch_id) AS id
     FROM ${quotedTable(eventLog)}
     WHERE ${eventTimeCondition}
     LIMIT {limit: UInt32}`,
    { limit, ...eventTimeBounds(times) },
    signal,
  );
  return rows.map(({ id }) => id);
}
