import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createDashboard, type Dashboard } from '../../src/dashboard/createDashboard.js';
import { searchLimits } from '../../src/dashboard/searchEventLog.js';
import type { EventItem, EventsQuery } from '../../src/dashboard/schema/events.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { fillEventLog, filledBatchId, filledEventId } from '../support/fillEventLog.js';
import { call, here, requestOf } from './dashboards.js';

const total = 10_000_000;
const days = 30;
/** One that is far back, since a search begins with the newest. */
const old = total - 1_234_567;
const typeCount = 20;
const perBatch = 1_000;

let databases: TestDatabases;
let dashboard: Dashboard;
let range: { from: string; to: string };

/** Ten million events of the last thirty days. */
beforeAll(async () => {
  databases = await createDatabases();
  dashboard = createDashboard(databases.given);
  const end = new Date();
  await fillEventLog(databases, { count: total, end, days, typeCount, perBatch });
  range = {
    from: new Date(end.getTime() - (days + 1) * 86_400_000).toISOString(),
    to: new Date(end.getTime() + 60_000).toISOString(),
  };
}, 300_000);
afterAll(async () => {
  await dashboard.close();
  await databases.drop();
});

const lineFeed = 0x0a;
/** Pages that may be asked for until a search has to be through: each goes on where the one before was cut short. */
const pagesMax = 60;

/** Answers that were cut short. */
let cutShort = 0;

/** What a person sees who goes on until there are as many, or no more. Every answer is whole, or says how to narrow it. */
async function search(
  query: Omit<EventsQuery, 'limit' | 'cursor'>,
  wanted: number,
): Promise<readonly EventItem[]> {
  const items: EventItem[] = [];
  let cursor: string | undefined;
  for (let pages = 1; pages <= pagesMax; pages += 1) {
    const answer = await call(dashboard, 'searchEvents', {
      query: { ...range, ...query, limit: 50, ...(cursor === undefined ? {} : { cursor }) },
    });
    if (!answer.complete) {
      cutShort += 1;
      expect(answer.notices).toEqual([
        {
          source: 'clickhouse',
          code: 'cut_short',
          text: expect.stringContaining(answer.searchedTo) as string,
          advice: expect.stringContaining('narrow') as string,
        },
      ]);
    }
    items.push(...answer.items);
    if (items.length >= wanted || answer.nextCursor === null) return items;
    cursor = answer.nextCursor;
  }
  throw new Error(`The search was not through after ${String(pagesMax)} pages.`);
}

const ids = (items: readonly EventItem[]): string[] => items.map(({ eventId }) => eventId);

describe('among ten million events, a search', () => {
  it('shows the newest, and the newest of a type', async () => {
    expect(ids(await search({}, 150))).toEqual(
      Array.from({ length: 150 }, (_, number) => filledEventId(number)),
    );
    expect(ids(await search({ type: ['type_7'] }, 50))).toEqual(
      Array.from({ length: 50 }, (_, number) => filledEventId(7 + number * typeCount)),
    );
  });

  it.each<[string, Omit<EventsQuery, 'limit' | 'cursor'>]>([
    ['its subject', { subject: `order:${String(old)}` }],
    ['how its subject begins', { subject: `order:${String(old)}*` }],
    ['its trace', { trace: old.toString(16).padStart(32, '0') }],
    ['a value in its JSON', { key: [`orderId:${String(old)}`] }],
    ['two values in its JSON', { key: [`orderId:${String(old)}`, 'items.0.sku:A-7'] }],
    ['a text in its JSON', { text: `"orderId":${String(old)},` }],
    [
      'all of these',
      {
        type: [`type_${String(old % typeCount)}`],
        subject: `order:${String(old)}`,
        key: [`orderId:${String(old)}`],
      },
    ],
  ])('finds a single old one by %s', async (_, query) => {
    expect(ids(await search(query, 1))).toEqual([filledEventId(old)]);
  });

  it('finds all of a batch, and nothing else', async () => {
    const batch = Math.floor(old / perBatch);
    const found = ids(await search({ batchId: filledBatchId(batch) }, perBatch));
    expect(found).toEqual(Array.from({ length: perBatch }, (_, at) => filledEventId(batch * perBatch + at)));
  });

  it.each<[string, Omit<EventsQuery, 'limit' | 'cursor'>]>([
    ['a subject', { subject: 'order:none' }],
    ['a trace', { trace: 'f'.repeat(32) }],
    ['a value', { key: ['orderId:-1'] }],
    ['a key', { key: ['none.such:1'] }],
    ['a text', { text: 'no event says this' }],
  ])('is through with %s that no event has', async (_, query) => {
    expect(await search(query, 1)).toEqual([]);
  });

  it('that is cut short goes on where it ended, until it finds a single old one, and skips nothing', async () => {
    let clockMs = 0;
    const clock = vi
      .spyOn(performance, 'now')
      .mockImplementation(() => (clockMs += searchLimits.totalMsMax / 3));
    onTestFinished(() => {
      clock.mockRestore();
    });
    cutShort = 0;
    expect(ids(await search({ key: [`orderId:${String(old)}`] }, 1))).toEqual([filledEventId(old)]);
    expect(cutShort).toBeGreaterThan(0);
  });

  it('counts them over time and by kind', async () => {
    const histogram = await call(dashboard, 'readHistogram', { query: { ...range } });
    expect(histogram.total).toBe(total);
    expect(histogram.notices).toEqual([]);
    const { types } = await call(dashboard, 'readFacets', { query: { ...range } });
    expect(types).toHaveLength(typeCount);
    expect(types.every(({ events }) => events === total / typeCount)).toBe(true);
  });

  it('exports half a million of them, as they are', async () => {
    const response = await dashboard.fetch(
      requestOf('exportEvents', { query: { ...range, type: ['type_7'], format: 'ndjson' } }),
      here,
    );
    let lines = 0;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, at + 1)) lines += 1;
    }
    expect(lines).toBe(total / typeCount);
  });
});
