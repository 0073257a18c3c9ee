import { contentMatches, type EventFilter, type EventPosition } from '../event/eventFilter.js';
import { readWaitingEvents, type WaitingPage } from '../outbox/readWaitingEvents.js';
import { askOutbox, type DashboardContext } from './context.js';
import { fromEventLog, fromOutbox, stateOfStatus, type PlacedEvent } from './eventItem.js';
import type { EventSearch } from './eventQuery.js';
import { cutShort, failureNotice, outboxBounded } from './notices.js';
import type { Redaction } from './redaction.js';
import type { Notice } from './schema/events.js';
import { searchEventLog, type LogSearchResult } from './searchEventLog.js';

export interface FoundEvents {
  /** Newest first. They have passed the redaction. */
  readonly events: readonly PlacedEvent[];
  /** After which the next page begins; undefined on the last one. */
  readonly next: EventPosition | undefined;
  readonly searchedTo: string;
  readonly notices: readonly Notice[];
}

/** Before every event of its time: what follows it is older. */
const lowestId = '00000000-0000-0000-0000-000000000000';

/**
 * Looks for events in both databases at the same time, and puts what they found into one list. An event that is in both,
 * because its delivery is not confirmed yet, or was confirmed in between, is shown once, as delivered. Where one of them
 * cannot be asked, the other one answers and a notice says so.
 */
export async function searchEvents(
  context: DashboardContext,
  search: EventSearch,
  after: EventPosition | undefined,
  limit: number,
  signal: AbortSignal,
): Promise<FoundEvents> {
  const notices: Notice[] = [];
  const [waiting, logged] = await Promise.all([
    askWaiting(context, search, after, limit, notices),
    askLog(context, search, after, limit, signal, notices),
  ]);

  const found = merge(waiting, logged);
  const reach = logged?.isCutShort === true ? logged.searchedTo : undefined;
  // What is older than the search has come is left to the next page, so that nothing is skipped between the two.
  const reached = reach === undefined ? found : found.filter(({ eventDateTime }) => eventDateTime >= reach);
  const page = reached.slice(0, limit);
  const last = page.at(-1);
  if (reached.length > limit && last !== undefined) {
    const { eventDateTime, eventId } = last;
    return answer(page, { eventDateTime, eventId }, eventDateTime);
  }
  if (reach !== undefined) {
    notices.push(cutShort(reach));
    return answer(page, { eventDateTime: reach, eventId: lowestId }, reach);
  }
  // The outbox has found as many as it may, and the look at their JSON has left fewer than a page.
  const following = waiting?.last;
  return answer(page, following, following?.eventDateTime ?? search.filter.from);

  function answer(
    events: readonly PlacedEvent[],
    next: EventPosition | undefined,
    searchedTo: string,
  ): FoundEvents {
    return { events: redacted(events, search.filter, context.redaction), next, searchedTo, notices };
  }
}

async function askWaiting(
  context: DashboardContext,
  { filter, waitingStatuses: statuses }: EventSearch,
  after: EventPosition | undefined,
  limit: number,
  notices: Notice[],
): Promise<WaitingPage | undefined> {
  if (statuses.length === 0) return undefined;
  try {
    const page = await askOutbox(context, (outbox) =>
      readWaitingEvents(outbox, { filter, statuses, after, limit: limit + 1 }),
    );
    if (page.isBounded) notices.push(outboxBounded);
    return page;
  } catch (error) {
    notices.push(failureNotice('outbox', error));
    return undefined;
  }
}

async function askLog(
  { eventLog }: DashboardContext,
  { filter, wantsDelivered }: EventSearch,
  after: EventPosition | undefined,
  limit: number,
  signal: AbortSignal,
  notices: Notice[],
): Promise<LogSearchResult | undefined> {
  if (!wantsDelivered) return undefined;
  try {
    return await searchEventLog(eventLog, { filter, after, limit: limit + 1, signal });
  } catch (error) {
    notices.push(failureNotice('clickhouse', error));
    return undefined;
  }
}

function merge(waiting: WaitingPage | undefined, logged: LogSearchResult | undefined): PlacedEvent[] {
  const events = new Map<string, PlacedEvent>();
  for (const event of waiting?.events ?? [])
    events.set(event.eventId, fromOutbox(event, stateOfStatus[event.status], event.batchId));
  for (const event of logged?.events ?? []) events.set(event.eventId, fromEventLog(event));
  return [...events.values()].sort(newestFirst);
}

/** As both databases order them: texts of times and ids of the same length compare as what they stand for. */
function newestFirst(one: PlacedEvent, other: PlacedEvent): number {
  if (one.eventDateTime !== other.eventDateTime) return one.eventDateTime < other.eventDateTime ? 1 : -1;
  return one.eventId < other.eventId ? 1 : -1;
}

/** An event that no longer has what was looked for, since the hook has hidden it, is left out: to show it would tell it. */
export function redacted(
  events: readonly PlacedEvent[],
  filter: EventFilter,
  redaction: Redaction,
): PlacedEvent[] {
  if (!redaction.isOn) return [...events];
  return events
    .map((event) => redaction.event(event))
    .filter((event) => contentMatches(event, filter) && traceMatches(event, filter));
}

function traceMatches({ traceparent }: PlacedEvent, { traceId }: EventFilter): boolean {
  return traceId === undefined || traceparent?.slice(3, 35) === traceId;
}
