import type { EventFilter } from '../event/eventFilter.js';
import type { ReadLimits } from '../eventlog/readLimits.js';
import { streamEvents } from '../eventlog/streamEvents.js';
import type { ExportPage } from '../outbox/exportPage.js';
import { readOwnedEvents } from '../outbox/readOwnedEvents.js';
import { readUnsealedEvents } from '../outbox/readUnsealedEvents.js';
import { readWaitingBatches } from '../outbox/readWaitingBatches.js';
import { askOutbox, type DashboardContext } from './context.js';
import { fromEventLog, fromOutbox, stateOfStatus, type PlacedEvent } from './eventItem.js';
import type { EventSearch } from './eventQuery.js';
import { ProblemError } from './problemError.js';
import { redacted } from './searchEvents.js';

const exportLimits: ReadLimits = {
  durationMsMax: 3_600_000,
  memoryBytesMax: 2_000_000_000,
  rowsReadMax: Number.MAX_SAFE_INTEGER,
};
const idsPerPage = 1_000;
const batchesPerPage = 1_000;
/** Waiting events of which the export remembers that it has them, in about 80 MB. */
const waitingMax = 1_000_000;

/**
 * All events that match, some at a time: those that no batch owns, then those of batches, then those in ClickHouse. That is
 * the way an event takes, so none can slip past while the export goes on; one that is met twice, because it went on in
 * between, is exported once.
 * @throws what a database says, also in the middle: what was yielded before is not the whole then
 */
export async function* exportEvents(
  context: DashboardContext,
  search: EventSearch,
  signal: AbortSignal,
): AsyncGenerator<readonly PlacedEvent[]> {
  const { filter, waitingStatuses, wantsDelivered } = search;
  const seen = new Set<string>();
  if (waitingStatuses.length > 0) {
    for await (const events of exportWaiting(context, search, signal)) {
      const fresh = events.filter(({ eventId }) => !seen.has(compact(eventId)));
      for (const { eventId } of fresh) seen.add(compact(eventId));
      if (seen.size > waitingMax) throw tooManyWait();
      yield redacted(fresh, filter, context.redaction);
    }
  }
  if (!wantsDelivered) return;
  for await (const events of streamEvents(context.eventLog, filter, exportLimits, signal)) {
    const fresh = events.filter(({ eventId }) => !seen.has(compact(eventId)));
    yield redacted(fresh.map(fromEventLog), filter, context.redaction);
  }
}

async function* exportWaiting(
  context: DashboardContext,
  { filter, waitingStatuses }: EventSearch,
  signal: AbortSignal,
): AsyncGenerator<readonly PlacedEvent[]> {
  if (waitingStatuses.includes('AWAITING_DELIVERY') && filter.batchId === undefined) {
    const pages = allPages(signal, (afterId) => readUnsealedPage(context, filter, afterId));
    for await (const events of pages) yield events.map((event) => fromOutbox(event, 'awaiting', null));
  }
  for (let afterSeq: string | undefined = '0'; afterSeq !== undefined;) {
    const after: string = afterSeq;
    const batches = await askOutbox(context, (outbox) =>
      readWaitingBatches(outbox, waitingStatuses, after, batchesPerPage),
    );
    for (const { id, status } of batches) {
      if (filter.batchId !== undefined && filter.batchId !== id) continue;
      const pages = allPages(signal, (afterId) =>
        askOutbox(context, (outbox) => readOwnedEvents(outbox, id, filter, afterId, idsPerPage)),
      );
      for await (const events of pages)
        yield events.map((event) => fromOutbox(event, stateOfStatus[status], id));
    }
    afterSeq = batches.length < batchesPerPage ? undefined : batches.at(-1)?.seq;
  }
}

function readUnsealedPage(
  context: DashboardContext,
  filter: EventFilter,
  afterId: string,
): Promise<ExportPage> {
  return askOutbox(context, (outbox) => readUnsealedEvents(outbox, filter, afterId, idsPerPage));
}

async function* allPages(
  signal: AbortSignal,
  read: (afterId: string) => Promise<ExportPage>,
): AsyncGenerator<ExportPage['events']> {
  for (let afterId: string | undefined = '0'; afterId !== undefined;) {
    signal.throwIfAborted();
    const page: ExportPage = await read(afterId);
    yield page.events;
    afterId = page.afterId;
  }
}

/** An id in half of the memory: 16 characters of one byte each. */
function compact(eventId: string): string {
  return Buffer.from(eventId.replaceAll('-', ''), 'hex').toString('latin1');
}

function tooManyWait(): ProblemError {
  return new ProblemError('SEARCH_TOO_LARGE', {
    detail: `More than ${waitingMax.toLocaleString('en')} events that match wait in the outbox.`,
    advice: 'Export delivered events alone (state=delivered), or choose a shorter range of time.',
  });
}
