import { z } from 'zod';
import { eventIdTimeMs } from '../../event/eventId.js';
import { isoOfMicros } from '../../event/microTime.js';
import { findEvents } from '../../eventlog/findEvents.js';
import type { LoggedEvent } from '../../eventlog/loggedEvent.js';
import type { ReadLimits } from '../../eventlog/readLimits.js';
import { eventLimits } from '../../event/logEvent.js';
import { findOutboxEvent, type FoundOutboxEvent, type OwningBatch } from '../../outbox/findOutboxEvent.js';
import { readOwningBatch } from '../../outbox/readOwningBatch.js';
import { askOutbox, type DashboardContext } from '../context.js';
import { decodeCursor, encodeCursor } from '../cursor.js';
import { describeItem, fromEventLog, fromOutbox, type PlacedEvent } from '../eventItem.js';
import { nextMicro, readSearch } from '../eventQuery.js';
import type { Handler } from '../handler.js';
import { failureNotice } from '../notices.js';
import { ProblemError } from '../problemError.js';
import { timestamp, uuid } from '../schema/common.js';
import type { EventDetail, EventState, Notice } from '../schema/events.js';
import { searchEvents as search } from '../searchEvents.js';

/** With the range, so that every page of a search is of the same one, also where it was left to the default. */
const position = z.strictObject({ from: timestamp, to: timestamp, at: timestamp, id: uuid });

export const searchEvents: Handler<'searchEvents'> = async ({ query, signal, context }) => {
  const after = decodeCursor(query.cursor, position);
  const wanted = readSearch({ ...query, from: query.from ?? after?.from, to: query.to ?? after?.to });
  const begin = after === undefined ? undefined : { eventDateTime: after.at, eventId: after.id };
  const { events, next, searchedTo, notices } = await search(context, wanted, begin, query.limit, signal);
  const { from, to } = wanted.filter;
  return {
    items: events.map(describeItem),
    nextCursor:
      next === undefined ? null : encodeCursor({ from, to, at: next.eventDateTime, id: next.eventId }),
    from,
    to,
    searchedTo,
    complete: notices.length === 0,
    notices: [...notices],
  };
};

const findLimits: ReadLimits = {
  durationMsMax: 4_000,
  memoryBytesMax: 1_000_000_000,
  rowsReadMax: 1_000_000_000,
};
/** How far its own time may be from the time of its capture, where nothing is known of it. */
const nearMs = 600_000;

export const readEvent: Handler<'readEvent'> = async ({ params, query, signal, context }) => {
  const id = params.id.toLowerCase();
  const notices: Notice[] = [];
  const [found, rows] = await Promise.all([
    askOutbox(context, (outbox) => findOutboxEvent(outbox, id, query.outboxId)).catch((error: unknown) => {
      notices.push(failureNotice('outbox', error));
      return undefined;
    }),
    findRows(context, id, query.at, signal).catch((error: unknown) => {
      notices.push(failureNotice('clickhouse', error));
      return undefined;
    }),
  ]);
  const logged = rows?.[0];
  if (found === undefined && logged === undefined) throw notFound(id, notices);
  const outboxAnswered = !notices.some(({ source }) => source === 'outbox');
  const batch = found?.batch ?? (outboxAnswered ? await readBatchOf(context, logged) : undefined);
  const event = place(found, logged, batch);
  return {
    event: describeDetail(context.redaction.event(event)),
    batch: batch ?? null,
    rowsInClickHouse: rows?.length ?? null,
    inOutbox: outboxAnswered ? found !== undefined : null,
    notices,
  };
};

/** At its time, else around the time of its capture, else everywhere. */
async function findRows(
  { eventLog }: DashboardContext,
  id: string,
  at: string | undefined,
  signal: AbortSignal,
): Promise<LoggedEvent[]> {
  const whole = { from: eventLimits.eventDateTimeMin, to: eventLimits.eventDateTimeMax };
  const capturedMs = capturedMsOf(id);
  const ranges = [
    ...(at === undefined ? [] : [{ from: at, to: nextMicro(at) }]),
    ...(capturedMs === undefined
      ? []
      : [{ from: isoOf(capturedMs - nearMs), to: isoOf(capturedMs + nearMs) }]),
    whole,
  ];
  for (const range of ranges) {
    const rows = await findEvents(eventLog, id, range, findLimits, signal);
    if (rows.length > 0) return rows;
  }
  return [];
}

function isoOf(ms: number): string {
  return isoOfMicros(BigInt(ms) * 1_000n);
}

/** Only a UUID of version 7 tells. */
function capturedMsOf(id: string): number | undefined {
  return id[14] === '7' ? eventIdTimeMs(id) : undefined;
}

function notFound(id: string, notices: readonly Notice[]): ProblemError {
  const [first] = notices;
  if (first === undefined) {
    return new ProblemError('NOT_FOUND', {
      detail: `Event ${id} is neither in the outbox nor in ClickHouse.`,
      advice: 'Was its transaction committed? A table with a TTL deletes events in time.',
    });
  }
  if (first.code === 'cut_short') {
    return new ProblemError('SEARCH_TOO_LARGE', {
      detail: `Event ${id} was not found before the search was ended. ${first.text}`,
      advice: 'Say its event time (parameter at), as every list does.',
    });
  }
  const code = first.source === 'outbox' ? 'POSTGRES_UNAVAILABLE' : 'CLICKHOUSE_UNAVAILABLE';
  return new ProblemError(code, {
    detail: `Event ${id} was not found where it could be looked for. ${first.text}`,
    advice: first.advice,
  });
}

async function readBatchOf(
  context: DashboardContext,
  logged: LoggedEvent | undefined,
): Promise<OwningBatch | undefined> {
  if (logged === undefined) return undefined;
  return askOutbox(context, (outbox) => readOwningBatch(outbox, logged.batchId));
}

const states: Readonly<Record<string, EventState>> = {
  SENDING: 'sending',
  DELIVERED: 'delivered',
  QUARANTINED: 'quarantined',
  DROPPED: 'dropped',
};

/** A person's decision wins over a row that ClickHouse still has; else what ClickHouse has is delivered. */
function place(
  found: FoundOutboxEvent | undefined,
  logged: LoggedEvent | undefined,
  batch: OwningBatch | undefined,
): PlacedEvent {
  const status = states[batch?.status ?? ''] ?? 'awaiting';
  const isDecided = status === 'quarantined' || status === 'dropped';
  const state = logged !== undefined && !isDecided ? 'delivered' : status;
  if (found !== undefined) return fromOutbox(found.event, state, batch?.id ?? null);
  if (logged === undefined) throw new Error('An event that was found nowhere cannot be shown.');
  return { ...fromEventLog(logged), state };
}

function describeDetail(event: PlacedEvent): EventDetail {
  const { eventContext, ...head } = event;
  const capturedMs = capturedMsOf(event.eventId);
  return {
    ...head,
    contextBytes: Buffer.byteLength(eventContext),
    context: eventContext,
    capturedAt: capturedMs === undefined ? null : isoOf(capturedMs),
    traceId: event.traceparent?.slice(3, 35) ?? null,
  };
}
