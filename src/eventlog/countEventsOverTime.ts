import type { EventFilter } from '../event/eventFilter.js';
import type { EventLog } from './client.js';
import { eventConditions } from './eventConditions.js';
import { readLimited } from './readLimited.js';
import type { ReadLimits } from './readLimits.js';

export interface TimeBucket {
  /** 0 is the first one from the begin of Unix time. */
  readonly bucket: number;
  readonly events: number;
}

/** How many events match in each stretch of time of `widthMs`; those with none are missing. */
export async function countEventsOverTime(
  eventLog: EventLog,
  filter: EventFilter,
  widthMs: number,
  limits: ReadLimits,
  signal?: AbortSignal,
): Promise<TimeBucket[]> {
  const { text, parameters } = eventConditions(filter);
  const rows = await readLimited<{ bucket: string; events: string }>(
    eventLog,
    `SELECT toString(toInt64(floor(toUnixTimestamp64Micro(event_date_time) / ({width: Int64} * 1000)))) AS bucket,
            toString(count()) AS events
     FROM TABLE
     WHERE ${text}
     GROUP BY bucket`,
    { ...parameters, width: widthMs },
    limits,
    signal,
  );
  return rows.map(({ bucket, events }) => ({ bucket: Number(bucket), events: Number(events) }));
}
