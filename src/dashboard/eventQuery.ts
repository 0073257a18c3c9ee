import type { z } from 'zod';
import type { EventFilter, KeyFilter } from '../event/eventFilter.js';
import { eventLimits } from '../event/logEvent.js';
import { isoOfMicros, microsOfIso } from '../event/microTime.js';
import { heldMicros } from '../eventlog/eventConditions.js';
import type { WaitingStatus } from '../outbox/waitingEvent.js';
import { ProblemError } from './problemError.js';
import type { histogramQuery } from './schema/events.js';

type FilterQuery = Omit<z.output<typeof histogramQuery>, 'buckets'>;

/** A search as both databases are asked for it. */
export interface EventSearch {
  readonly filter: EventFilter;
  /** ClickHouse is to be asked. */
  readonly wantsDelivered: boolean;
  /** The outbox is to be asked, where there are any. */
  readonly waitingStatuses: readonly WaitingStatus[];
}

const hourMicros = 3_600_000_000n;
const rangeDefaultMicros = 24n * hourMicros;

const statuses = { awaiting: 'AWAITING_DELIVERY', sending: 'SENDING', quarantined: 'QUARANTINED' } as const;

/**
 * Reads a query of events. The range is the last day until an hour from now, unless it says otherwise.
 * @throws {ProblemError} INVALID_REQUEST when the range ends before it begins
 */
export function readSearch(query: FilterQuery): EventSearch {
  const { state: states = ['awaiting', 'sending', 'delivered', 'quarantined'] } = query;
  const { from, to } = readRange(query);
  const { subject } = query;
  const isPrefix = subject?.endsWith('*') === true;
  return {
    filter: {
      from,
      to,
      types: query.type,
      environments: query.environment,
      subject:
        subject === undefined ? undefined : { text: isPrefix ? subject.slice(0, -1) : subject, isPrefix },
      text: query.text,
      keys: query.key?.map(readKey),
      traceId: query.trace,
      batchId: query.batchId,
    },
    wantsDelivered: states.includes('delivered'),
    waitingStatuses: states.flatMap((state) => (state === 'delivered' ? [] : [statuses[state]])),
  };
}

/** The range of time of a query, within what an event's time can be. */
export function readRange(query: { readonly from?: string | undefined; readonly to?: string | undefined }): {
  from: string;
  to: string;
} {
  const to = query.to === undefined ? BigInt(Date.now()) * 1_000n + hourMicros : heldMicros(query.to);
  const from = query.from === undefined ? to - rangeDefaultMicros : heldMicros(query.from);
  if (from >= to) {
    throw new ProblemError('INVALID_REQUEST', {
      detail: `The range of time ends (${isoOfMicros(to)}) before it begins (${isoOfMicros(from)}).`,
      advice: `Choose a range within ${eventLimits.eventDateTimeMin} and ${eventLimits.eventDateTimeMax}, from before to.`,
      errors: [{ in: 'query', path: 'from', message: 'not before to' }],
    });
  }
  return { from: isoOfMicros(from), to: isoOfMicros(to) };
}

/** `customer.id:c-1`; a backslash takes a dot or a colon into a key. The schema has made sure of the colon. */
export function readKey(text: string): KeyFilter {
  const path: string[] = [];
  let step = '';
  let at = 0;
  for (; at < text.length && text[at] !== ':'; at += 1) {
    if (text[at] === '.') {
      path.push(step);
      step = '';
    } else {
      if (text[at] === '\\') at += 1;
      step += text[at] ?? '';
    }
  }
  return { path: [...path, step], value: text.slice(at + 1) };
}

/** The moment right after one, since ranges do not hold their end. */
export function nextMicro(iso: string): string {
  return isoOfMicros(microsOfIso(iso) + 1n);
}
