import type { EventFilter } from '../../event/eventFilter.js';
import { countEventsByKind, type KindCount } from '../../eventlog/countEventsByKind.js';
import { countEventsOverTime } from '../../eventlog/countEventsOverTime.js';
import type { ReadLimits } from '../../eventlog/readLimits.js';
import { countWaitingByKind } from '../../outbox/countWaitingByKind.js';
import { countWaitingEvents } from '../../outbox/countWaitingEvents.js';
import { askOutbox } from '../context.js';
import { readRange, readSearch } from '../eventQuery.js';
import type { Handler } from '../handler.js';
import { failureNotice, hiddenByRedact, outboxBounded } from '../notices.js';
import type { Notice } from '../schema/events.js';
import { beginOfBucket, coverWithBuckets } from '../timeBuckets.js';

const countLimits: ReadLimits = {
  durationMsMax: 6_000,
  memoryBytesMax: 1_000_000_000,
  rowsReadMax: 1_000_000_000,
};

export const readHistogram: Handler<'readHistogram'> = async ({ query, signal, context }) => {
  const { buckets: bucketsWanted, ...filterQuery } = query;
  const { filter, wantsDelivered, waitingStatuses } = readSearch(filterQuery);
  const { from, to } = filter;
  const cover = coverWithBuckets(Date.parse(from), Date.parse(to), bucketsWanted);
  const notices: Notice[] = [];
  const isHidden = context.redaction.isOn && looksIntoEvents(filter);
  if (isHidden) notices.push(hiddenByRedact);
  const note =
    (source: Notice['source']) =>
    (error: unknown): undefined => {
      notices.push(failureNotice(source, error));
    };
  const [delivered, waiting] = await Promise.all([
    !wantsDelivered || isHidden
      ? undefined
      : countEventsOverTime(context.eventLog, filter, cover.widthMs, countLimits, signal).catch(
          note('clickhouse'),
        ),
    waitingStatuses.length === 0 || isHidden
      ? undefined
      : askOutbox(context, (outbox) =>
          countWaitingEvents(outbox, filter, waitingStatuses, cover.widthMs),
        ).catch(note('outbox')),
  ]);
  if (waiting?.isBounded === true) notices.push(outboxBounded);

  const buckets = Array.from({ length: cover.count }, (_, index) => ({
    at: beginOfBucket(cover, cover.first + index),
    delivered: 0,
    waiting: 0,
    quarantined: 0,
  }));
  for (const { bucket, events } of delivered ?? []) {
    const found = buckets[bucket - cover.first];
    if (found !== undefined) found.delivered += events;
  }
  for (const { bucket, waiting: awaiting, quarantined } of waiting?.buckets ?? []) {
    const found = buckets[bucket - cover.first];
    if (found === undefined) continue;
    found.waiting += awaiting;
    found.quarantined += quarantined;
  }
  const total = buckets.reduce(
    (sum, bucket) => sum + bucket.delivered + bucket.waiting + bucket.quarantined,
    0,
  );
  return { from, to, bucketMs: cover.widthMs, buckets, total, complete: notices.length === 0, notices };
};

/** What a redact hook may hide. */
function looksIntoEvents({ subject, text, keys, traceId }: EventFilter): boolean {
  return [subject, text, keys, traceId].some((part) => part !== undefined);
}

const facetsMax = 200;

export const readFacets: Handler<'readFacets'> = async ({ query, signal, context }) => {
  const { eventLog } = context;
  const range = readRange(query);
  const notices: Notice[] = [];
  const [types, environments, waiting] = await Promise.all([
    countEventsByKind(eventLog, 'event_type', range, facetsMax, countLimits, signal).catch(
      (error: unknown) => {
        notices.push(failureNotice('clickhouse', error)); // once for both
        return [];
      },
    ),
    countEventsByKind(eventLog, 'environment', range, facetsMax, countLimits, signal).catch(() => []),
    askOutbox(context, (outbox) => countWaitingByKind(outbox, range)).catch((error: unknown) => {
      notices.push(failureNotice('outbox', error));
      return [];
    }),
  ]);
  return {
    types: together(
      types,
      waiting.map(({ eventType: value, events }) => ({ value, events })),
    ),
    environments: together(
      environments,
      waiting.map(({ environment: value, events }) => ({ value, events })),
    ),
    complete: notices.length === 0,
    notices,
  };
};

function together(...lists: readonly (readonly KindCount[])[]): KindCount[] {
  const counts = new Map<string, number>();
  for (const { value, events } of lists.flat()) counts.set(value, (counts.get(value) ?? 0) + events);
  return [...counts]
    .map(([value, events]) => ({ value, events }))
    .sort((one, other) => other.events - one.events || (one.value < other.value ? -1 : 1))
    .slice(0, facetsMax);
}
