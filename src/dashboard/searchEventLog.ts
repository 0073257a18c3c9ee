import type { EventFilter, EventPosition } from '../event/eventFilter.js';
import { isoOfMicros, microsOfIso } from '../event/microTime.js';
import type { EventLog } from '../eventlog/client.js';
import type { LoggedEvent } from '../eventlog/loggedEvent.js';
import { readEventPage } from '../eventlog/readEventPage.js';
import { isLimitReached, type ReadLimits } from '../eventlog/readLimits.js';

export interface LogSearchRequest {
  readonly filter: EventFilter;
  readonly after?: EventPosition | undefined;
  readonly limit: number;
  readonly signal: AbortSignal;
  readonly limits?: LogSearchLimits;
}

export interface LogSearchLimits extends ReadLimits {
  /** Of all queries together. `durationMsMax` is that of one. */
  readonly totalMsMax: number;
}

export interface LogSearchResult {
  readonly events: readonly LoggedEvent[];
  /** Everything at or after it has been looked at. The begin of the range when the search is through. */
  readonly searchedTo: string;
  /** It was ended at a limit, before it was through and before it had enough. */
  readonly isCutShort: boolean;
}

export const searchLimits: LogSearchLimits = {
  totalMsMax: 8_000,
  durationMsMax: 4_000,
  memoryBytesMax: 1_000_000_000,
  rowsReadMax: 100_000_000,
};

/** The first slice's share of the range: for a day an hour. */
const slices = 24n;
const growth = 4n;
const shrinkage = 8n;
const sliceMicrosMin = 1_000_000n;
/** Less time than this is no use to a query. */
const usefulMs = 50;

/**
 * Looks for the newest events that match, from the end of the range backwards, one slice of time after the other: each
 * four times as long as the one before, since that one had too few; and an eighth as long when ClickHouse gave one up at a
 * limit. So a search that finds enough soon reads little, and one that finds nothing ends in time and says how far it came.
 */
export async function searchEventLog(
  eventLog: EventLog,
  request: LogSearchRequest,
): Promise<LogSearchResult> {
  const { filter, after, limit, signal, limits = searchLimits } = request;
  const begin = microsOfIso(filter.from);
  const end = microsOfIso(filter.to);
  const deadlineMs = performance.now() + limits.totalMsMax;
  let upper = after === undefined ? end : smaller(end, microsOfIso(after.eventDateTime) + 1n);
  let width = larger((end - begin) / slices, sliceMicrosMin);
  const events: LoggedEvent[] = [];

  while (upper > begin && events.length < limit) {
    const leftMs = deadlineMs - performance.now();
    if (leftMs < usefulMs) return cutShortAt(upper);
    const lower = larger(begin, upper - width);
    try {
      const found = await readEventPage(eventLog, {
        filter: { ...filter, from: isoOfMicros(lower), to: isoOfMicros(upper) },
        after,
        limit: limit - events.length,
        limits: { ...limits, durationMsMax: Math.min(leftMs, limits.durationMsMax) },
        signal,
      });
      events.push(...found);
      upper = lower;
      width *= growth;
    } catch (error) {
      if (!isLimitReached(error)) throw error;
      if (width <= sliceMicrosMin) return cutShortAt(upper);
      width = larger(width / shrinkage, sliceMicrosMin);
    }
  }
  const last = events.at(-1);
  const isFull = events.length >= limit && last !== undefined;
  return { events, searchedTo: isFull ? last.eventDateTime : filter.from, isCutShort: false };

  /** Not later than the page began: its first slice reaches one microsecond further, for events of the same time. */
  function cutShortAt(reached: bigint): LogSearchResult {
    const begun = after === undefined ? end : microsOfIso(after.eventDateTime);
    return { events, searchedTo: isoOfMicros(smaller(reached, begun)), isCutShort: true };
  }
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

function larger(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
