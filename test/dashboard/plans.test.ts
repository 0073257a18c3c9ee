import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readActionPage } from '../../src/outbox/readActionPage.js';
import { readBatchPage, type BatchPageRequest } from '../../src/outbox/readBatchPage.js';
import { readBatchRecord } from '../../src/outbox/readBatchRecord.js';
import { readCaptureSeries } from '../../src/outbox/readCaptureSeries.js';
import { readChildBatches } from '../../src/outbox/readChildBatches.js';
import { closeOutbox, type Outbox } from '../../src/outbox/database.js';
import { findOutboxEvent } from '../../src/outbox/findOutboxEvent.js';
import { readOnly } from '../../src/outbox/readOnly.js';
import { readRecordCounts } from '../../src/outbox/readRecordCounts.js';
import { readRunPage } from '../../src/outbox/readRunPage.js';
import { readWaitingEvents } from '../../src/outbox/readWaitingEvents.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { seedEvents } from '../support/outbox.js';
import {
  nodesRun,
  openExplainedOutbox,
  pagesTouched,
  type Executed,
  type ExplainedOutbox,
} from '../plans/explainedOutbox.js';

const batchCount = 100_000;

let databases: TestDatabases;
let explained: ExplainedOutbox;
let middle: { readonly seq: string; readonly id: string };

/** A hundred thousand delivered batches, one a second, a hundred that wait and a hundred quarantined; and as many runs. */
beforeAll(async () => {
  databases = await createDatabases();
  await databases.pool.query(
    `INSERT INTO waybill.batch
       (event_ids, event_count, first_event_time, last_event_time, oldest_captured_at, sealed_at, status, delivered_at,
        attempt_count)
     SELECT int8multirange(int8range(-number, -number + 1)), 1 + number % 1000, at, at, at, at, 'DELIVERED',
            at + interval '1 second', 1
     FROM generate_series(1, $1) AS number
     CROSS JOIN LATERAL (SELECT now() - ($1 - number) * interval '1 second' AS at) AS sealed`,
    [batchCount],
  );
  await databases.pool.query(
    `UPDATE waybill.batch SET status = CASE seq % 2000 WHEN 0 THEN 'QUARANTINED' ELSE 'AWAITING_DELIVERY' END,
            delivered_at = NULL
     WHERE seq % 1000 = 0`,
  );
  await databases.pool.query(
    `INSERT INTO waybill.run (id, worker, started_at)
     SELECT gen_random_uuid(), 'w', now() - number * interval '1 second' FROM generate_series(1, $1) AS number`,
    [batchCount],
  );
  await databases.pool.query(
    `INSERT INTO waybill.operator_action (performed_by, action, performed_at)
     SELECT 'ann', 'release', now() - number * interval '1 second' FROM generate_series(1, $1) AS number`,
    [batchCount],
  );
  await seedEvents(databases, 20_000);
  await databases.pool.query(
    'VACUUM (ANALYZE) waybill.batch, waybill.run, waybill.operator_action, waybill.event',
  );
  const { rows } = await databases.pool.query<{ seq: string; id: string }>(
    'SELECT seq, id FROM waybill.batch ORDER BY seq OFFSET $1 LIMIT 1',
    [batchCount / 2],
  );
  middle = rows[0] ?? { seq: '', id: '' };
  explained = openExplainedOutbox(databases.databaseUrl);
}, 120_000);
afterAll(async () => {
  await closeOutbox(explained.outbox);
  await databases.drop();
});

/** The plans of what `ask` runs, as the dashboard runs it. */
async function plansOf(ask: (outbox: Outbox) => Promise<unknown>): Promise<Executed[]> {
  explained.executed.length = 0;
  await readOnly(explained.outbox, 30_000, ask);
  return explained.executed.filter(({ text }) => text.includes('waybill'));
}

async function pagesOf(ask: (outbox: Outbox) => Promise<unknown>): Promise<number> {
  const plans = await plansOf(ask);
  expect(plans.length).toBeGreaterThan(0);
  const scans = plans
    .flatMap(({ plan }) => nodesRun(plan))
    .filter((node) => node['Node Type'] === 'Seq Scan');
  // The cursor of sealing is one row.
  expect(
    scans.map((scan) => scan['Relation Name']).filter((name) => name !== 'seal_cursor' && name !== 'task'),
  ).toEqual([]);
  return plans.reduce((pages, { plan }) => pages + pagesTouched(plan), 0);
}

const page = (request: Partial<BatchPageRequest>) => (outbox: Outbox) =>
  readBatchPage(outbox, { filter: {}, sort: 'newest', limit: 51, ...request });

describe('among a hundred thousand batches', () => {
  it.each<[string, Partial<BatchPageRequest>, number]>([
    ['the newest', {}, 60],
    ['the oldest', { sort: 'oldest' }, 60],
    ['those that wait', { filter: { statuses: ['AWAITING_DELIVERY'] } }, 300],
    ['those quarantined', { filter: { statuses: ['QUARANTINED'] } }, 300],
    ['those delivered', { filter: { statuses: ['DELIVERED'] } }, 60],
  ])('%s are read by an index, and few pages', async (_, request, pagesMax) => {
    expect(await pagesOf(page(request))).toBeLessThan(pagesMax);
  });

  it('a page in the middle costs no more than the first', async () => {
    expect(await pagesOf(page({ after: { seq: middle.seq } }))).toBeLessThan(60);
  });

  it('a range of time in the middle is found without an index on time', async () => {
    const at = (minutesAgo: number): string => new Date(Date.now() - minutesAgo * 60_000).toISOString();
    const range = { sealedFrom: at(820), sealedBefore: at(810) };
    const pages = await pagesOf(page({ filter: range }));
    expect(pages).toBeLessThan(400);
    const found = await readBatchPage(explained.outbox, { filter: range, sort: 'newest', limit: 1_000 });
    const { rows } = await databases.pool.query<{ id: string }>(
      'SELECT id FROM waybill.batch WHERE sealed_at >= $1 AND sealed_at < $2 ORDER BY seq DESC',
      [range.sealedFrom, range.sealedBefore],
    );
    expect(found.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    expect(found).toHaveLength(600);
  });

  it('one batch, its children, runs and actions are read by an index', async () => {
    expect(await pagesOf((outbox) => readBatchRecord(outbox, middle.id))).toBeLessThan(10);
    expect(await pagesOf((outbox) => readChildBatches(outbox, middle.id, 200))).toBeLessThan(10);
    expect(await pagesOf((outbox) => readRunPage(outbox, { filter: {}, limit: 51 }))).toBeLessThan(100);
    expect(await pagesOf((outbox) => readActionPage(outbox, { filter: {}, limit: 51 }))).toBeLessThan(100);
  });

  it('what the plots show of an hour reads an hour', async () => {
    const begin = new Date(Date.now() - 3_600_000).toISOString();
    const pages = await pagesOf((outbox) =>
      readCaptureSeries(outbox, { begin, widthMs: 15_000, count: 240 }),
    );
    expect(pages).toBeLessThan(600);
  });

  it('the numbers of the overview read what is under way and the last day, and no more', async () => {
    expect(await pagesOf((outbox) => readRecordCounts(outbox))).toBeLessThan(6_000);
  });
});

describe('among twenty thousand events that wait', () => {
  it('a search reads each once, and one event is found around the time of its id', async () => {
    const filter = { from: '2020-01-01T00:00:00Z', to: '2299-01-01T00:00:00Z' };
    const pages = await pagesOf((outbox) =>
      readWaitingEvents(outbox, {
        filter,
        statuses: ['AWAITING_DELIVERY', 'SENDING', 'QUARANTINED'],
        limit: 51,
      }),
    );
    expect(pages).toBeLessThan(3_000);
    const { rows } = await databases.pool.query<{ event_id: string }>(
      'SELECT event_id FROM waybill.event ORDER BY id DESC LIMIT 1',
    );
    const found = await findOutboxEvent(explained.outbox, rows[0]?.event_id ?? '');
    expect(found?.event.eventId).toBe(rows[0]?.event_id);
  });
});
