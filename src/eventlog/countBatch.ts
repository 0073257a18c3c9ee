import { eventLimits } from '../event/logEvent.js';
import { queryRows, quotedTable, type EventLog } from './client.js';

export interface BatchToCount {
  readonly id: string;
  readonly firstEventTime: Date;
  readonly lastEventTime: Date;
}

/** Counts the rows of a batch that ClickHouse holds. The times of its events keep the count to the parts they lie in. */
export async function countBatch(
  eventLog: EventLog,
  batch: BatchToCount,
  signal?: AbortSignal,
): Promise<number> {
  const [row] = await queryRows<{ rows: string | number }>(
    eventLog,
    `SELECT count() AS rows
     FROM ${quotedTable(eventLog)}
     WHERE batch_id = {id: UUID}
       AND event_date_time >= fromUnixTimestamp64Milli({first: Int64})
       AND event_date_time <= fromUnixTimestamp64Milli({last: Int64})
     SETTINGS select_sequential_consistency = 1`,
    // A Date has milliseconds, an event microseconds: widened by one each way, within what ClickHouse can compute.
    {
      id: batch.id,
      first: Math.max(batch.firstEventTime.getTime() - 1, Date.parse(eventLimits.eventDateTimeMin)),
      last: Math.min(batch.lastEventTime.getTime() + 1, Date.parse(eventLimits.eventDateTimeMax) + 1),
    },
    signal,
  );
  return Number(row?.rows ?? 0);
}
