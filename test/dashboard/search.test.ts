import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDashboard, type Dashboard } from '../../src/dashboard/createDashboard.js';
import { searchEventLog } from '../../src/dashboard/searchEventLog.js';
import type { EventsQuery } from '../../src/dashboard/schema/events.js';
import { waitingScannedMax } from '../../src/outbox/waitingEvent.js';
import { inClickHouse, numberFromClickHouse } from '../support/clickhouse.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { seedEvents, testDatabases } from '../support/outbox.js';
import { call, testDashboard } from './dashboards.js';
import { deliverAll, insertEvent } from './filled.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const hostile = [
  `'; DROP TABLE waybill.event; --`,
  `") OR 1=1 --`,
  `\\'; SELECT sleep(3); --`,
  '{from: Int64}',
  '$1',
  '%',
  '_',
  '\\',
  '<script>alert(1)</script>',
  '\u202Etxt.exe',
  '👩‍👩‍👧 שלום',
  '`; DROP TABLE event_log',
] as const;

let databases: TestDatabases;
let dashboard: Dashboard;

/** The same events in both databases: half of each is delivered. */
beforeAll(async () => {
  databases = await createDatabases();
  dashboard = createDashboard(databases.given);
  for (const delivered of [true, false]) {
    for (const text of hostile) {
      await insertEvent(databases, {
        type: text,
        subject: `subject:${text}`,
        environment: text,
        context: { note: text, nested: { list: [{ value: text }] } },
      });
    }
    await insertEvent(databases, {
      type: 'order_placed',
      subject: 'order:1',
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      context: {
        total: 12.5,
        paid: true,
        coupon: null,
        empty: '',
        items: [{ sku: 'A-1' }, { sku: 'B-2' }],
        '0': 'zero',
        'a.b': 'dotted',
        Grüße: 'Straße',
      },
    });
    // Postgres cannot hold the character that this stands for, and fails where it reads it.
    await insertEvent(databases, { type: 'nul', context: { note: 'a\u0000b', other: 'found' } });
    if (delivered) await deliverAll(databases);
  }
});
afterAll(async () => {
  await dashboard.close();
  await databases.drop();
});

/** How many of them are found, by where they are. */
async function found(
  query: Omit<EventsQuery, 'limit' | 'cursor'>,
): Promise<{ delivered: number; awaiting: number }> {
  const { items, notices } = await call(dashboard, 'searchEvents', {
    query: { ...query, limit: 200 },
  });
  expect(notices).toEqual([]);
  const count = (state: string): number => items.filter((item) => item.state === state).length;
  const { total } = await call(dashboard, 'readHistogram', { query: query });
  expect(total).toBe(items.length);
  return { delivered: count('delivered'), awaiting: count('awaiting') };
}
const inBoth = { delivered: 1, awaiting: 1 };
const nowhere = { delivered: 0, awaiting: 0 };

describe('a search', () => {
  it.each(hostile)('takes %j for a value in every filter, and finds it in both databases', async (text) => {
    expect(await found({ type: [text] })).toEqual(inBoth);
    expect(await found({ environment: [text] })).toEqual(inBoth);
    expect(await found({ subject: `subject:${text}` })).toEqual(inBoth);
    const key = (path: string): Promise<unknown> => found({ key: [`${path}:${text}`] });
    expect(await key('note')).toEqual(inBoth);
    expect(await key('nested.list.0.value')).toEqual(inBoth);
    expect(await found({ text, type: [text] })).toEqual(inBoth);
    expect(await found({ key: [`${text.replaceAll(/[\\.:]/g, (one) => `\\${one}`)}:x`] })).toEqual(nowhere);
    expect(await numberFromClickHouse(databases, 'SELECT count() AS number FROM DB.event_log')).toBe(14);
  });

  it.each([
    ['a number', 'total:12.5'],
    ['a number written otherwise', 'total:12.50'],
    ['a truth', 'paid:true'],
    ['nothing', 'coupon:null'],
    ['an empty text', 'empty:'],
    ['an element of an array', 'items.1.sku:B-2'],
    ['a key that is a number', '0:zero'],
    ['a key with a dot', 'a\\.b:dotted'],
    ['a key in another script', 'Grüße:Straße'],
  ])('finds %s in the JSON', async (_, key) => {
    expect(await found({ key: [key] })).toEqual(inBoth);
  });

  it.each([
    'total:12',
    'paid:TRUE',
    'coupon:',
    'missing:',
    'missing:null',
    'items.2.sku:B-2',
    'items.sku:B-2',
    'a.b:dotted',
    'empty:null',
  ])('does not find %s', async (key) => {
    expect(await found({ key: [key] })).toEqual(nowhere);
  });

  it('wants all of what is asked for', async () => {
    expect(await found({ key: ['total:12.5', 'items.0.sku:A-1'] })).toEqual(inBoth);
    expect(await found({ key: ['total:12.5', 'items.0.sku:B-2'] })).toEqual(nowhere);
  });

  it('looks for a text in whatever case, and as JSON writes it', async () => {
    expect(await found({ text: 'STRASSE' })).toEqual(nowhere);
    expect(await found({ text: 'straße' })).toEqual(inBoth);
    expect(await found({ text: 'b-2"' })).toEqual(inBoth);
    expect(await found({ text: '"total":12.5' })).toEqual(inBoth);
    expect(await found({ text: '<SCRIPT>' })).toEqual(inBoth);
  });

  it('reads contexts that Postgres cannot', async () => {
    expect(await found({ key: ['other:found'] })).toEqual(inBoth);
    expect(await found({ key: ['note:a\u0000b'] })).toEqual(inBoth);
    expect(await found({ key: ['other:lost'] })).toEqual(nowhere);
  });

  it('finds by trace, by how a subject begins, by state and by batch', async () => {
    expect(await found({ trace: traceId })).toEqual(inBoth);
    expect(await found({ trace: traceId.replace('0', '1') })).toEqual(nowhere);
    expect(await found({ subject: 'order:*' })).toEqual(inBoth);
    expect(await found({ subject: 'order:' })).toEqual(nowhere);
    expect(await found({ subject: 'order:1', state: ['awaiting'] })).toEqual({ delivered: 0, awaiting: 1 });
    expect(await found({ subject: 'order:1', state: ['delivered'] })).toEqual({ delivered: 1, awaiting: 0 });
    const { items } = await call(dashboard, 'listBatches');
    expect(await found({ batchId: items[0]?.id })).toEqual({ delivered: 14, awaiting: 0 });
  });

  it('keeps to its range, whose end does not belong to it', async () => {
    const [event] = (
      await call(dashboard, 'searchEvents', { query: { subject: 'order:1', state: ['delivered'] } })
    ).items;
    const at = event?.eventDateTime ?? '';
    const next = at.replace(
      /(\d{6})Z$/,
      (_, digits: string) => `${String(Number(digits) + 1).padStart(6, '0')}Z`,
    );
    const subject = 'order:1';
    expect((await found({ subject, from: at, to: next })).delivered).toBe(1);
    expect(await found({ subject, from: next, to: '2299-12-31T00:00:00Z' })).toMatchObject({ delivered: 0 });
    expect(await found({ subject, from: '1800-01-01T00:00:00Z', to: at })).toEqual(nowhere);
  });
});

describe('paging', () => {
  it('shows every event once, over ties in time and across both databases', async () => {
    const own = await testDatabases();
    const firstEventTime = new Date(Date.now() - 60_000);
    const delivered = await seedEvents(own, 60, { firstEventTime });
    await deliverAll(own);
    const awaiting = await seedEvents(own, 50, { firstEventTime });
    const dashboardOfOwn = testDashboard(own);
    const seen: string[] = [];
    let cursor: string | null | undefined;
    let pages = 0;
    for (; cursor !== null; pages += 1) {
      const page = await call(dashboardOfOwn, 'searchEvents', {
        query: { limit: 7, cursor: cursor ?? undefined },
      });
      seen.push(...page.items.map(({ eventId }) => eventId));
      cursor = page.nextCursor;
    }
    expect(pages).toBe(16);
    expect(seen).toHaveLength(110);
    expect([...seen].sort()).toEqual([...delivered, ...awaiting].sort());
    expect(seen).toEqual([...seen].sort().reverse()); // all of the same time, so by id
  });

  it.each(['newest', 'oldest', 'attempts', 'events'])(
    'shows every batch once, sorted by %s',
    async (sort) => {
      const own = await testDatabases();
      await own.pool.query(
        `INSERT INTO waybill.batch
         (event_ids, event_count, first_event_time, last_event_time, oldest_captured_at, attempt_count)
       SELECT int8multirange(int8range(-number, -number + 1)), 1 + number % 3, now(), now(), now(), number % 2
       FROM generate_series(1, 23) AS number`,
      );
      const dashboardOfOwn = testDashboard(own);
      const seen: { seq: number; attempts: number; events: number }[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = await call(dashboardOfOwn, 'listBatches', { query: { sort, limit: 5, cursor } });
        seen.push(
          ...page.items.map(({ seq, attemptCount, eventCount }) => ({
            seq: Number(seq),
            attempts: attemptCount,
            events: eventCount,
          })),
        );
        cursor = page.nextCursor;
      }
      expect(new Set(seen.map(({ seq }) => seq)).size).toBe(23);
      const value = (one: (typeof seen)[number]): number =>
        sort === 'attempts' ? one.attempts : sort === 'events' ? one.events : 0;
      const direction = sort === 'oldest' ? 1 : -1;
      const sorted = [...seen].sort(
        (one, other) => value(other) - value(one) || direction * (one.seq - other.seq),
      );
      expect(seen).toEqual(sorted);
    },
  );

  it('shows every action and run once, over ties', async () => {
    const own = await testDatabases();
    await own.pool.query(
      `INSERT INTO waybill.operator_action (performed_at, performed_by, action)
       SELECT '2026-01-01', 'ann', 'run' FROM generate_series(1, 11)`,
    );
    await own.pool.query(
      `INSERT INTO waybill.run (id, worker, started_at) SELECT gen_random_uuid(), 'w', '2026-01-01' FROM generate_series(1, 11)`,
    );
    const dashboardOfOwn = testDashboard(own);
    for (const name of ['listActions', 'listRuns'] as const) {
      const ids = new Set<string>();
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = await call(dashboardOfOwn, name, { query: { limit: 4, cursor } });
        for (const { id } of page.items) ids.add(id);
        cursor = page.nextCursor;
      }
      expect(ids.size, name).toBe(11);
    }
  });
});

describe('the limits of a search', () => {
  const wide = { from: '2026-01-01T00:00:00.000000Z', to: '2026-07-01T00:00:00.000000Z' };

  it('end it in time; it says how far it came, and the next page goes on from there', async () => {
    const own = await testDatabases();
    await inClickHouse(
      own,
      `INSERT INTO DB.event_log (event_id, event_type, event_date_time, environment, event_context, metadata_version, batch_id)
       SELECT generateUUIDv7(), 'bulk', toDateTime64('2026-01-01 00:00:00', 6, 'UTC') + toIntervalSecond(number * 50), 'test',
              concat('{"number":', toString(number), '}'), 1, generateUUIDv4(1)
       FROM numbers(300000)`,
    );
    const request = {
      filter: { ...wide, text: '"number":5}' },
      limit: 10,
      signal: new AbortController().signal,
      limits: { totalMsMax: 600, durationMsMax: 500, memoryBytesMax: 500_000_000, rowsReadMax: 60_000 },
    };
    const found: string[] = [];
    let searchedTo = wide.to;
    let calls = 0;
    let isCutShort = true;
    while (isCutShort && calls < 200) {
      const after = { eventDateTime: searchedTo, eventId: '00000000-0000-0000-0000-000000000000' };
      const result = await searchEventLog(own.eventLog, { ...request, after });
      expect(result.searchedTo <= searchedTo).toBe(true);
      ({ searchedTo, isCutShort } = result);
      found.push(...result.events.map(({ eventContext }) => eventContext));
      calls += 1;
    }
    expect(found).toEqual(['{"number":5}']);
    expect(searchedTo).toBe(wide.from);
  });

  it('are told where ClickHouse is set to allow less than the smallest question needs', async () => {
    const own = await testDatabases();
    await seedEvents(own, 10);
    await deliverAll(own);
    const limits = { totalMsMax: 600, durationMsMax: 500, memoryBytesMax: 1, rowsReadMax: 1 };
    const result = await searchEventLog(own.eventLog, {
      filter: { from: '2026-01-01T00:00:00.000000Z', to: '2299-01-01T00:00:00.000000Z' },
      limit: 10,
      signal: new AbortController().signal,
      limits,
    });
    expect(result).toMatchObject({ events: [], isCutShort: true });
  });

  it('bound what is looked through in the outbox, which is told', async () => {
    const own = await testDatabases();
    await seedEvents(own, waitingScannedMax + 100);
    const { items, complete, notices } = await call(testDashboard(own), 'searchEvents', {
      query: { key: ['number:0'] },
    });
    expect(items).toEqual([]); // the very first one: the newest are looked at
    expect(complete).toBe(false);
    expect(notices).toMatchObject([{ source: 'outbox', code: 'outbox_bounded' }]);
  });
});
