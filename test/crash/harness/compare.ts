import { inClickHouse, inPostgres, type Databases, type Engines } from './databases.js';
import type { Ledger, LedgerEvent } from './ledger.js';
import { refusedType } from './templates.js';

/** What is not as it should be, by the subjects of the events. Nothing: every event is where it belongs, once. */
export interface Comparison {
  /** Events that were committed. */
  readonly committedCount: number;
  /** Committed, and not in ClickHouse. */
  readonly lost: readonly string[];
  /** In ClickHouse more than once. */
  readonly doubled: readonly string[];
  /** In ClickHouse, and not committed. */
  readonly phantom: readonly string[];
  /** In ClickHouse with another content than was committed. */
  readonly altered: readonly string[];
  /** Anything else, in words. */
  readonly others: readonly string[];
}

const kinds = ['lost', 'doubled', 'phantom', 'altered', 'others'] as const;

export function isClean(comparison: Comparison): boolean {
  return kinds.every((kind) => comparison[kind].length === 0);
}

const namesShownMax = 20;

export function describeComparison(comparison: Comparison): string {
  const found = kinds.filter((kind) => comparison[kind].length > 0);
  if (found.length === 0) return 'as the ledger says';
  return found
    .map((kind) => {
      const names = comparison[kind];
      const rest = names.length > namesShownMax ? `, and ${String(names.length - namesShownMax)} more` : '';
      return `${kind} ${String(names.length)}: ${names.slice(0, namesShownMax).join(', ')}${rest}`;
    })
    .join('; ');
}

interface StoredEvent {
  readonly subject: string;
  readonly event_type: string;
  readonly event_time_ms: string | number;
  readonly event_context: string;
}

/** Compares what the ledger says with what both databases hold, row by row. */
export async function compareWithLedger(
  engines: Engines,
  databases: Databases,
  ledger: Ledger,
): Promise<Comparison> {
  const placed = await readPlaced(databases);
  const committed = new Map<string, LedgerEvent>();
  for (const { order, events } of ledger.orders)
    if (placed.has(order)) for (const event of events) committed.set(event.subject, event);
  const outbox = await readOutbox(databases);
  const expected = new Map([...committed].filter(([, { eventType }]) => eventType !== refusedType));
  const refused = [...committed.keys()].filter((subject) => !expected.has(subject));
  const stored = await readStored(engines, databases);
  const found = new Map(stored.map((event) => [event.subject, event]));
  const seen = new Set<string>();
  return {
    committedCount: committed.size,
    lost: [...expected.keys()].filter((subject) => !found.has(subject)),
    doubled: stored.map(({ subject }) => subject).filter((subject) => seen.size === seen.add(subject).size),
    phantom: [...found.keys()].filter((subject) => !expected.has(subject)),
    altered: [...found.values()].filter(isAltered(expected)).map(({ subject }) => subject),
    others: [...contradictions(ledger, placed), ...leftovers(outbox, refused)],
  };
}

function isAltered(expected: ReadonlyMap<string, LedgerEvent>): (stored: StoredEvent) => boolean {
  return (stored) => {
    const event = expected.get(stored.subject);
    return (
      event !== undefined &&
      (stored.event_type !== event.eventType ||
        Number(stored.event_time_ms) !== event.eventTimeMs ||
        stored.event_context !== event.context)
    );
  };
}

/** What the application was told of its transactions and is not so. */
function contradictions({ committed, rolledBack }: Ledger, placed: ReadonlySet<string>): string[] {
  return [
    ...committed
      .filter((order) => !placed.has(order))
      .map((order) => `${order} was committed and is not there`),
    ...rolledBack
      .filter((order) => placed.has(order))
      .map((order) => `${order} was rolled back and is there`),
  ];
}

/** The rows of the application's own table: what was committed, whatever the application got to hear of it. */
async function readPlaced({ databaseUrl }: Databases): Promise<ReadonlySet<string>> {
  const { rows } = await inPostgres(databaseUrl, (client) =>
    client.query<{ name: string }>('SELECT name FROM shop_order'),
  );
  return new Set(rows.map(({ name }) => name));
}

async function readStored(engines: Engines, { name }: Databases): Promise<StoredEvent[]> {
  return inClickHouse(engines, async (client) => {
    const result = await client.query({
      query: `SELECT subject, event_type, toUnixTimestamp64Milli(event_date_time) AS event_time_ms, event_context
              FROM ${name}.event_log`,
      format: 'JSONEachRow',
    });
    return result.json<StoredEvent>();
  });
}

/** What is left in the outbox after delivery and cleaning. */
interface Outbox {
  /** The status of each event, by its subject. */
  readonly statuses: ReadonlyMap<string, string>;
  /** Batches that still have to be delivered. */
  readonly undelivered: number;
}

async function readOutbox({ databaseUrl }: Databases): Promise<Outbox> {
  return inPostgres(databaseUrl, async (client) => {
    const events = await client.query<{ subject: string; status: string }>(
      'SELECT subject, status FROM waybill.event_status',
    );
    const batches = await client.query<{ count: string }>(
      `SELECT count(*) FROM waybill.batch WHERE status IN ('AWAITING_DELIVERY', 'SENDING')`,
    );
    return {
      statuses: new Map(events.rows.map(({ subject, status }) => [subject, status])),
      undelivered: Number(batches.rows[0]?.count),
    };
  });
}

function leftovers({ statuses, undelivered }: Outbox, refused: readonly string[]): string[] {
  return [
    ...Array.from(statuses)
      .filter(([subject, status]) => status !== 'QUARANTINED' || !refused.includes(subject))
      .map(([subject, status]) => `${subject} is still in the outbox, as ${status}`),
    ...refused
      .filter((subject) => statuses.get(subject) !== 'QUARANTINED')
      .map((subject) => `${subject} is not in quarantine`),
    ...(undelivered === 0 ? [] : [`${String(undelivered)} batches are not delivered`]),
  ];
}
