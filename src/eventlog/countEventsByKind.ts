import type { EventLog } from './client.js';
import { eventConditions } from './eventConditions.js';
import { readLimited } from './readLimited.js';
import type { ReadLimits } from './readLimits.js';

export interface KindCount {
  readonly value: string;
  readonly events: number;
}

/** How many events there are of each type, or of each environment, in a range of time; the most frequent first. */
export async function countEventsByKind(
  eventLog: EventLog,
  kind: 'event_type' | 'environment',
  range: { readonly from: string; readonly to: string },
  countMax: number,
  limits: ReadLimits,
  signal?: AbortSignal,
): Promise<KindCount[]> {
  const { text, parameters } = eventConditions(range);
  const rows = await readLimited<{ value: string; events: string }>(
    eventLog,
    `SELECT ${kind} AS value, toString(count()) AS events
     FROM TABLE
     WHERE ${text}
     GROUP BY value
     ORDER BY count() DESC, value
     LIMIT {limit: UInt32}`,
    { ...parameters, limit: countMax },
    limits,
    signal,
  );
  return rows.map(({ value, events }) => ({ value, events: Number(events) }));
}
