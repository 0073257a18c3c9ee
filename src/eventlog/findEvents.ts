import type { EventLog } from './client.js';
import { eventConditions } from './eventConditions.js';
import { loggedEvent, loggedEventColumns, type LoggedEvent, type LoggedEventRow } from './loggedEvent.js';
import { readLimited } from './readLimited.js';
import type { ReadLimits } from './readLimits.js';

/** Rows of one event that are read: it has one, unless something went wrong. */
export const rowsOfEventMax = 10;

/** The rows of one event, looked for in a range of time. */
export async function findEvents(
  eventLog: EventLog,
  eventId: string,
  range: { readonly from: string; readonly to: string },
  limits: ReadLimits,
  signal?: AbortSignal,
): Promise<LoggedEvent[]> {
  const { text, parameters } = eventConditions(range);
  const rows = await readLimited<LoggedEventRow>(
    eventLog,
    `SELECT ${loggedEventColumns}
     FROM TABLE
     WHERE event_id = {id: UUID} AND ${text}
     LIMIT ${String(rowsOfEventMax)}`,
    { ...parameters, id: eventId },
    limits,
    signal,
  );
  return rows.map(loggedEvent);
}
