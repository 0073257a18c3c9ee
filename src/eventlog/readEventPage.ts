import type { EventFilter, EventPosition } from '../event/eventFilter.js';
import type { EventLog } from './client.js';
import { eventConditions, heldMicros } from './eventConditions.js';
import { loggedEvent, loggedEventColumns, type LoggedEvent, type LoggedEventRow } from './loggedEvent.js';
import { readLimited } from './readLimited.js';
import type { ReadLimits } from './readLimits.js';

export interface EventPageRequest {
  readonly filter: EventFilter;
  readonly after?: EventPosition | undefined;
  readonly limit: number;
  readonly limits: ReadLimits;
  readonly signal?: AbortSignal | undefined;
}

/** The newest events that match, by time and then by id as Postgres orders ids: byte by byte. */
export async function readEventPage(
  eventLog: EventLog,
  { filter, after, limit, limits, signal }: EventPageRequest,
): Promise<LoggedEvent[]> {
  const { text, parameters } = eventConditions(filter);
  const following =
    after === undefined
      ? ''
      : `AND event_date_time <= fromUnixTimestamp64Micro({after: Int64})
         AND (event_date_time, UUIDToNum(event_id)) < (fromUnixTimestamp64Micro({after: Int64}), UUIDToNum({after_id: UUID}))`;
  const rows = await readLimited<LoggedEventRow>(
    eventLog,
    `SELECT ${loggedEventColumns}
     FROM TABLE
     WHERE ${text} ${following}
     ORDER BY event_date_time DESC, UUIDToNum(event_id) DESC
     LIMIT {limit: UInt32}`,
    {
      ...parameters,
      limit,
      ...(after === undefined
        ? {}
        : { after: String(heldMicros(after.eventDateTime)), after_id: after.eventId }),
    },
    limits,
    signal,
  );
  return rows.map(loggedEvent);
}
