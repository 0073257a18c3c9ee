import { expect, it } from 'vitest';
import { compareEventLog } from './compareEventLog.js';
import type { EventLogRow, ExpectedEvent } from './eventKey.js';
import { Ledger } from './ledger.js';

const order = (orderId: number, totalCents = 100): ExpectedEvent => ({
  eventType: 'order_placed',
  subject: `order:${String(orderId)}`,
  context: { orderId, reference: `web-${String(orderId)}`, customerId: 1, totalCents },
});

const customer = (name: string): ExpectedEvent => ({
  eventType: 'customer_registered',
  subject: 'customer:1',
  context: { customerId: 1, email: 'ada@example.org', name, creditLimitCents: 0 },
});

/** The row that ClickHouse would hold: more in the context than is checked, and in another order. */
const rowOf = ({ eventType, subject, context }: ExpectedEvent): EventLogRow => ({
  event_type: eventType,
  subject,
  event_context: JSON.stringify({ more: [], ...Object.fromEntries(Object.entries(context).reverse()) }),
});

function ledgerOf(...events: ExpectedEvent[]): Ledger {
  const ledger = new Ledger();
  ledger.expect(events);
  return ledger;
}

it('finds nothing where everything agrees', async () => {
  const events = [customer('Zoë\t\\N "Ω" 👩‍🚀'), order(1), order(2)];
  const comparison = await compareEventLog(ledgerOf(...events), events.toReversed().map(rowOf));
  expect(comparison).toMatchObject({
    clean: true,
    total: { expected: 3, found: 3, lost: 0, doubled: 0, phantom: 0 },
    discrepancies: [],
  });
});

it('reports an event that is lost', async () => {
  const comparison = await compareEventLog(ledgerOf(order(1), order(2)), [rowOf(order(2))]);
  expect(comparison).toMatchObject({
    clean: false,
    total: { expected: 2, found: 1, lost: 1, doubled: 0, phantom: 0 },
    discrepancies: [{ kind: 'lost', eventType: 'order_placed', subject: 'order:1' }],
  });
});

it('reports an event that is doubled, each copy', async () => {
  const rows = [order(1), order(2), order(1), order(1)].map(rowOf);
  const comparison = await compareEventLog(ledgerOf(order(1), order(2)), rows);
  expect(comparison).toMatchObject({
    clean: false,
    total: { expected: 2, found: 4, lost: 0, doubled: 2, phantom: 0 },
    discrepancies: [
      { kind: 'doubled', subject: 'order:1' },
      { kind: 'doubled', subject: 'order:1' },
    ],
  });
});

it('reports a phantom, and says when its request had been refused', async () => {
  const ledger = ledgerOf(order(1));
  ledger.refuse(['order_placed', 'stock_low'], 'web-2');
  const comparison = await compareEventLog(ledger, [order(1), order(2), order(3)].map(rowOf));
  expect(comparison).toMatchObject({
    clean: false,
    total: { expected: 1, found: 3, lost: 0, doubled: 0, phantom: 2 },
  });
  expect(comparison.discrepancies.map(({ note }) => note)).toEqual([
    expect.stringContaining('the request for it was refused'),
    expect.stringContaining('nobody asked for it'),
  ]);
});

it('is not deceived when as many are lost as are doubled or invented', async () => {
  const rows = [order(1), order(1), order(9)].map(rowOf);
  const comparison = await compareEventLog(ledgerOf(order(1), order(2), order(3)), rows);
  expect(comparison.total).toEqual({ expected: 3, found: 3, lost: 2, doubled: 1, phantom: 1 });
});

it('takes an altered event for a lost one and a phantom', async () => {
  const altered = [order(1, 101), customer('Ada\\t')].map(rowOf);
  const comparison = await compareEventLog(ledgerOf(order(1, 100), customer('Ada\t')), altered);
  expect(comparison.total).toMatchObject({ lost: 2, doubled: 0, phantom: 2 });
});

it('takes rows that it cannot read for phantoms', async () => {
  const rows = [
    { event_type: 'order_placed', subject: null, event_context: '{"orderId":' },
    { event_type: 'order_placed', subject: 'order:1', event_context: 'null' },
    { event_type: 'toString', subject: 'order:1', event_context: '{}' },
  ];
  const comparison = await compareEventLog(ledgerOf(), rows);
  expect(comparison.total).toMatchObject({ found: 3, phantom: 3 });
  expect(comparison.types.at(-1)).toMatchObject({ eventType: 'toString', phantom: 1 });
});

it('expects an event once, however many answers speak of it, refused ones among them', async () => {
  const ledger = ledgerOf(order(1), order(1));
  ledger.refuse(['order_placed'], 'web-1');
  expect(await compareEventLog(ledger, [rowOf(order(1))])).toMatchObject({ clean: true });
});

it('lists a bounded number of discrepancies and counts all', async () => {
  const events = Array.from({ length: 25 }, (_, index) => order(index));
  const comparison = await compareEventLog(ledgerOf(...events), []);
  expect(comparison.discrepancies).toHaveLength(10);
  expect(comparison.total.lost).toBe(25);
});
