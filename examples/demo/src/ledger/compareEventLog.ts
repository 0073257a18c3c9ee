import { eventTypes, rowKeys, type EventLogRow, type ExpectedEvent } from './eventKey.js';

/** What does not agree. */
export interface Discrepancy {
  /** `lost`: expected, not there. `doubled`: there more than once. `phantom`: there, though nothing of it happened. */
  readonly kind: 'lost' | 'doubled' | 'phantom';
  readonly eventType: string;
  readonly subject: string | null;
  readonly note: string;
}

export interface TypeTally {
  readonly eventType: string;
  expected: number;
  found: number;
  lost: number;
  doubled: number;
  phantom: number;
}

export interface Comparison {
  /** One for each type of event, in the order of a shop's day; unknown types last. */
  readonly types: readonly TypeTally[];
  readonly total: Omit<TypeTally, 'eventType'>;
  /** The first few, to look into. */
  readonly discrepancies: readonly Discrepancy[];
  readonly clean: boolean;
}

/** What a comparison needs of a ledger. */
export interface Expectations {
  readonly expected: ReadonlyMap<string, ExpectedEvent>;
  wasRefused(identity: string): boolean;
}

const discrepanciesMax = 10;
const rowTextCharactersMax = 200;

/**
 * Compares, row by row, what must be in the event log with what is there. An expected event whose fields arrived
 * altered counts twice: it is lost, and the altered one is a phantom.
 */
export async function compareEventLog(
  expectations: Expectations,
  rows: AsyncIterable<EventLogRow> | Iterable<EventLogRow>,
): Promise<Comparison> {
  const tallies = new Tallies();
  const seen = new Set<string>();
  for await (const row of rows) {
    const { key, identity } = rowKeys(row);
    const { event_type: eventType, subject } = row;
    tallies.of(eventType).found += 1;
    if (!expectations.expected.has(key)) {
      const text = row.event_context.slice(0, rowTextCharactersMax);
      const reason = expectations.wasRefused(identity)
        ? 'the request for it was refused'
        : 'nobody asked for it';
      tallies.add({ kind: 'phantom', eventType, subject, note: `${reason}: ${text}` });
    } else if (seen.has(key)) {
      tallies.add({ kind: 'doubled', eventType, subject, note: key });
    } else {
      seen.add(key);
    }
  }
  for (const [key, { eventType, subject }] of expectations.expected) {
    tallies.of(eventType).expected += 1;
    if (!seen.has(key)) tallies.add({ kind: 'lost', eventType, subject, note: key });
  }
  return tallies.result();
}

class Tallies {
  readonly #types = new Map<string, TypeTally>(
    eventTypes.map((eventType) => [eventType, emptyTally(eventType)]),
  );
  readonly #discrepancies: Discrepancy[] = [];

  of(eventType: string): TypeTally {
    const known = this.#types.get(eventType);
    if (known !== undefined) return known;
    const added = emptyTally(eventType);
    this.#types.set(eventType, added);
    return added;
  }

  add(discrepancy: Discrepancy): void {
    this.of(discrepancy.eventType)[discrepancy.kind] += 1;
    if (this.#discrepancies.length < discrepanciesMax) this.#discrepancies.push(discrepancy);
  }

  result(): Comparison {
    const types = [...this.#types.values()];
    const sum = (count: (tally: TypeTally) => number): number =>
      types.reduce((total, tally) => total + count(tally), 0);
    const total = {
      expected: sum((tally) => tally.expected),
      found: sum((tally) => tally.found),
      lost: sum((tally) => tally.lost),
      doubled: sum((tally) => tally.doubled),
      phantom: sum((tally) => tally.phantom),
    };
    const clean = total.lost + total.doubled + total.phantom === 0;
    return { types, total, discrepancies: this.#discrepancies, clean };
  }
}

function emptyTally(eventType: string): TypeTally {
  return { eventType, expected: 0, found: 0, lost: 0, doubled: 0, phantom: 0 };
}
