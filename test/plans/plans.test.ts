import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimBatch } from '../../src/outbox/claimBatch.js';
import { closeOutbox, onlyRow } from '../../src/outbox/database.js';
import { ensurePartitions } from '../../src/outbox/ensurePartitions.js';
import { readBatch } from '../../src/outbox/readBatch.js';
import { takeBatch } from '../../src/outbox/takeBatch.js';
import { sealBatch } from '../support/sealBatch.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import {
  nodesRun,
  openExplainedOutbox,
  pagesTouched,
  type Executed,
  type ExplainedOutbox,
} from './explainedOutbox.js';

const eventCount = 1_000_000;
const deliveredBatchCount = 20_000;
const partitionSize = 100_000;

let databases: TestDatabases;
let explained: ExplainedOutbox;

beforeAll(async () => {
  databases = await createDatabases({ eventPartitionSize: partitionSize });
  for (let inserted = 0; inserted < eventCount; inserted += eventCount / 4) {
    await databases.pool.query(
      `INSERT INTO waybill.event (event_id, event_type, event_date_time, environment, event_context)
       SELECT gen_random_uuid(), 'planned', now(), 'test', '{"a":1}' FROM generate_series(1, $1)`,
      [eventCount / 4],
    );
    await ensurePartitions(databases.outbox, partitionSize);
  }
  // A history of deliveries, of ids from before the first event that is still there.
  await databases.pool.query(
    `INSERT INTO waybill.batch
       (event_ids, event_count, first_event_time, last_event_time, oldest_captured_at, status, delivered_at)
     SELECT int8multirange(int8range(-number, -number + 1)), 1, now(), now(), now(), 'DELIVERED', now()
     FROM generate_series(1, $1) AS number`,
    [deliveredBatchCount],
  );
  explained = openExplainedOutbox(databases.databaseUrl);
}, 120_000);
afterAll(async () => {
  await closeOutbox(explained.outbox);
  await databases.drop();
});
beforeEach(async () => {
  await setCursor(1, '{}');
});

/** Sealing begins there: ids below `sealedBelow`, and those in `sealedAbove`, count as sealed. */
async function setCursor(sealedBelow: number, sealedAbove: string): Promise<void> {
  await databases.pool.query(
    'UPDATE waybill.seal_cursor SET sealed_below = $1, sealed_above = $2, hole_limit = NULL, hole_owners = NULL',
    [sealedBelow, sealedAbove],
  );
}

/** The statements that `work` runs, those inside functions too. */
async function statementsOf(work: () => Promise<unknown>): Promise<Executed[]> {
  const before = explained.executed.length;
  await work();
  return explained.executed.slice(before);
}

/** Fails unless every row of event and batch was found through an index, in order, by the process that asked. */
function expectIndexesUsed(statements: readonly Executed[]): void {
  const nodes = statements.flatMap(({ plan }) => nodesRun(plan));
  const scanned = nodes.filter((node) => /^(event|batch)/.test(node['Relation Name'] ?? ''));
  expect(scanned.map((node) => node['Node Type'])).not.toContain('Seq Scan');
  expect(scanned.some((node) => node['Index Name'] !== undefined)).toBe(true);
  expect(nodes.filter((node) => node['Node Type'].startsWith('Gather'))).toEqual([]);
}

function pages(statements: readonly Executed[]): number {
  return Math.max(...statements.map(({ plan }) => pagesTouched(plan)));
}

function sortedRows(statements: readonly Executed[]): number {
  const sorts = statements
    .flatMap(({ plan }) => nodesRun(plan))
    .filter((node) => node['Node Type'].includes('Sort'));
  return sorts.reduce((sum, node) => sum + node['Actual Rows'] * node['Actual Loops'], 0);
}

const touching = (table: 'event' | 'batch', statements: readonly Executed[]): Executed[] =>
  statements.filter(({ plan }) => nodesRun(plan).some((node) => node['Relation Name']?.startsWith(table)));
const touchingEvents = (statements: readonly Executed[]): Executed[] => touching('event', statements);

/** Ranges that cover every second id from `first` on, so that what lies between them is `count` holes of one id. */
async function setCursorWithHoles(first: number, count: number): Promise<void> {
  const { ids } = onlyRow(
    await databases.pool.query<{ ids: string }>(
      'SELECT range_agg(int8range(id, id + 1))::text AS ids FROM generate_series($1::bigint + 1, $1 + 2 * $2, 2) AS id',
      [first, count],
    ),
  );
  await setCursor(first, ids);
}

async function sealedBatchId(): Promise<string> {
  const result = await sealBatch(databases.outbox, 1_000, false);
  if (!result.sealed) throw new Error('Nothing was sealed.');
  return result.batchId;
}

async function readAll(id: string): Promise<void> {
  const reading = await readBatch(explained.outbox, { id, eventCount: 1_000 });
  await pipeline(reading.rows, async (chunks) => {
    for await (const chunk of chunks) expect(chunk).toBeInstanceOf(Buffer);
  });
  await reading.close();
}

// An index costs some three pages a look-up; the table has some 13,000 pages, its indexes 2,700.
describe.each(['before it is analysed', 'once it is analysed'])('a table of a million events, %s', (when) => {
  beforeAll(async () => {
    if (when === 'once it is analysed') {
      await databases.pool.query('VACUUM (ANALYZE) waybill.event, waybill.batch');
    }
  });

  it('is read by sealing through its index, for 1,000 events less than 100 pages', async () => {
    const statements = touchingEvents(await statementsOf(() => sealBatch(explained.outbox, 1_000, false)));
    expectIndexesUsed(statements);
    expect(sortedRows(statements)).toBe(0);
    expect(pages(statements)).toBeLessThan(100);
  });

  it('is read by sealing through its index where thousands of holes were filled', async () => {
    await setCursorWithHoles(500_000, 3_000);
    const statements = touchingEvents(await statementsOf(() => sealBatch(explained.outbox, 1_000, false)));
    expectIndexesUsed(statements);
    expect(sortedRows(statements)).toBe(0);
    expect(pages(statements)).toBeLessThan(4 * 1_000 + 100);
  });

  it('is read by a batch of one range in order, without a sort, for 1,000 events less than 100 pages', async () => {
    await setCursor(700_001, '{}');
    const batchId = await sealedBatchId();
    const statements = touchingEvents(await statementsOf(() => readAll(batchId)));
    expectIndexesUsed(statements);
    expect(sortedRows(statements)).toBe(0);
    expect(pages(statements)).toBeLessThan(100);
  });

  it('is read by a batch of a thousand ranges in order, without a sort, range by range', async () => {
    await setCursorWithHoles(800_000, 1_000);
    const batchId = await sealedBatchId();
    const statements = touchingEvents(await statementsOf(() => readAll(batchId)));
    expectIndexesUsed(statements);
    expect(sortedRows(statements)).toBe(0);
    expect(pages(statements)).toBeLessThan(4 * 1_000 + 100);
  });

  it('has its oldest due batch claimed through an index, past thousands of delivered ones', async () => {
    await setCursor(900_001, '{}');
    await sealedBatchId();
    const claim = { claimedBy: 'a test', leaseMs: 60_000 };
    const statements = await statementsOf(() => claimBatch(explained.outbox, claim));
    expect(statements).toHaveLength(3); // the look for it, the claim, and the call of both
    expectIndexesUsed(statements);
    // The call itself touches the catalogue as well, to plan the two.
    expect(pages(touching('batch', statements))).toBeLessThan(100);
  });

  it('has its next batch taken through indexes, past thousands of delivered ones', async () => {
    await setCursor(910_001, '{}');
    const take = { claimedBy: 'a test', leaseMs: 60_000, attemptsMax: 1, quantity: 1_000, partial: false };
    await databases.pool.query(`DELETE FROM waybill.batch WHERE status <> 'DELIVERED'`); // what other tests have left
    const statements = await statementsOf(async () => {
      expect(await takeBatch(explained.outbox, take)).toMatchObject({
        sealed: true,
        batch: { eventCount: 1_000 },
      });
    });
    expectIndexesUsed(statements);
    expect(sortedRows(touchingEvents(statements))).toBe(0);
    expect(pages([...touchingEvents(statements), ...touching('batch', statements)])).toBeLessThan(100);
  });
});

describe('a partition that was not analysed since it filled', () => {
  it('is read by sealing in the order of its index, and no further than the batch goes', async () => {
    const young = await createDatabases();
    const outbox = openExplainedOutbox(young.databaseUrl);
    try {
      await young.pool.query(
        `INSERT INTO waybill.event (event_id, event_type, event_date_time, environment, event_context)
         SELECT gen_random_uuid(), 'planned', now(), 'test', '{"a":1}' FROM generate_series(1, 30000)`,
      );
      await sealBatch(outbox.outbox, 10_000, false);
      const statements = touchingEvents(outbox.executed);
      expectIndexesUsed(statements);
      expect(sortedRows(statements)).toBe(0);
      expect(pages(statements)).toBeLessThan(400);
    } finally {
      await closeOutbox(outbox.outbox);
      await young.drop();
    }
  });
});

describe('these tests', () => {
  it('would notice a scan of the whole table, workers in parallel, and a sort', async () => {
    const scan = await statementsOf(() =>
      explained.outbox.pool.query('SELECT event_id FROM waybill.event ORDER BY event_id LIMIT 1'),
    );
    expect(() => {
      expectIndexesUsed(scan);
    }).toThrow('Seq Scan');
    expect(sortedRows(scan)).toBeGreaterThan(0);
    expect(pages(scan)).toBeGreaterThan(10_000);
  });
});
