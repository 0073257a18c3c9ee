import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closeOutbox } from '../../src/outbox/database.js';
import { ensurePartitions } from '../../src/outbox/ensurePartitions.js';
import { readDeliveredBatches } from '../../src/outbox/readDeliveredBatches.js';
import { readDeliveryWatch } from '../../src/outbox/readDeliveryWatch.js';
import { readUnsentBatches } from '../../src/outbox/readUnsentBatches.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import {
  nodesRun,
  openExplainedOutbox,
  pagesTouched,
  type Executed,
  type ExplainedOutbox,
} from './explainedOutbox.js';

const eventCount = 400_000;
const deliveredBatchCount = 20_000;
const partitionSize = 100_000;

let databases: TestDatabases;
let explained: ExplainedOutbox;

beforeAll(async () => {
  databases = await createDatabases({ eventPartitionSize: partitionSize });
  for (let inserted = 0; inserted < eventCount; inserted += eventCount / 4) {
    await databases.pool.query(
      `INSERT INTO waybill.event (event_id, event_type, event_date_time, environment, event_context)
       SELECT gen_random_uuid(), 'watched', now() - interval '1 hour', 'test', '{"a":1}' FROM generate_series(1, $1)`,
      [eventCount / 4],
    );
    await ensurePartitions(databases.outbox, partitionSize);
  }
  // A history of deliveries, one a minute, of ids from before the first event that is still there.
  await databases.pool.query(
    `INSERT INTO waybill.batch
       (event_ids, event_count, first_event_time, last_event_time, oldest_captured_at, status, delivered_at)
     SELECT int8multirange(int8range(-number, -number + 1)), 1, now(), now(), now(), 'DELIVERED',
            now() - number * interval '1 minute'
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

async function setCursor(sealedBelow: number, sealedAbove: string): Promise<void> {
  await databases.pool.query(
    'UPDATE waybill.seal_cursor SET sealed_below = $1, sealed_above = $2, hole_limit = NULL, hole_owners = NULL',
    [sealedBelow, sealedAbove],
  );
}

/** The statement that `work` runs. Those inside functions end before it. */
async function statementOf(work: () => Promise<unknown>): Promise<Executed> {
  const before = explained.executed.length;
  await work();
  const executed = explained.executed.slice(before).at(-1);
  if (executed === undefined) throw new Error('No statement was run.');
  expect(executed.text).toContain('FROM');
  return executed;
}

/** Rows that the scans of a statement found, and what tables they read from end to end. */
function readBy({ plan }: Executed): { rows: number; scannedWhole: string[] } {
  const scans = nodesRun(plan).filter((node) => /^(event|batch)/.test(node['Relation Name'] ?? ''));
  return {
    rows: scans.reduce((sum, node) => sum + node['Actual Rows'] * node['Actual Loops'], 0),
    scannedWhole: scans.flatMap((node) =>
      node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? ''] : [],
    ),
  };
}

/** A look at the first event from some id on takes one of each partition, of which there are nine. */
const rowsPerLookMax = 12;

describe.each(['before it is analysed', 'once it is analysed'])('a backlog of 400,000 events, %s', (when) => {
  beforeAll(async () => {
    if (when === 'once it is analysed')
      await databases.pool.query('VACUUM (ANALYZE) waybill.event, waybill.batch');
  });

  it('is watched by reading one event of each partition at most, past thousands of delivered batches', async () => {
    const statement = await statementOf(() => readDeliveryWatch(explained.outbox));
    expect(readBy(statement).scannedWhole).toEqual([]);
    expect(readBy(statement).rows).toBeLessThanOrEqual(rowsPerLookMax);
    expect(pagesTouched(statement.plan)).toBeLessThan(150);
  });

  it('is watched at the end of the backlog as at its begin', async () => {
    await setCursor(eventCount - 10, '{}');
    const statement = await statementOf(() => readDeliveryWatch(explained.outbox));
    expect(readBy(statement)).toMatchObject({ scannedWhole: [] });
    expect(readBy(statement).rows).toBeLessThanOrEqual(rowsPerLookMax);
    expect(pagesTouched(statement.plan)).toBeLessThan(150);
  });

  it('is watched by reading one event of each hole, however many the hole has', async () => {
    // Ten holes of 10,000 visible events each.
    const { rows } = await databases.pool.query<{ ids: string }>(
      `SELECT range_agg(int8range(id, id + 10000))::text AS ids FROM generate_series(110001, 300000, 20000) AS id`,
    );
    await setCursor(100_001, rows[0]?.ids ?? '');
    const statement = await statementOf(() => readDeliveryWatch(explained.outbox));
    expect(readBy(statement).scannedWhole).toEqual([]);
    expect(readBy(statement).rows).toBeLessThanOrEqual(11 * rowsPerLookMax);
    expect(pagesTouched(statement.plan)).toBeLessThan(11 * rowsPerLookMax * 4);
  });

  it('has the batches delivered in an hour read through an index, a page at a time', async () => {
    const window = {
      since: new Date(Date.now() - 10 * 3_600_000),
      until: new Date(Date.now() - 9 * 3_600_000),
    };
    const statement = await statementOf(() => readDeliveredBatches(explained.outbox, window, 20));
    expect(readBy(statement).scannedWhole).toEqual([]);
    expect(readBy(statement).rows).toBeLessThanOrEqual(61);
    expect(pagesTouched(statement.plan)).toBeLessThan(100);
  });

  it('has the batches that should not be in ClickHouse found without reading the delivered ones', async () => {
    const since = new Date(Date.now() - 10 * 3_600_000);
    const statement = await statementOf(() => readUnsentBatches(explained.outbox, since, 1_000));
    expect(readBy(statement)).toEqual({ rows: 0, scannedWhole: [] });
    expect(pagesTouched(statement.plan)).toBeLessThan(50);
  });
});

describe('these tests', () => {
  it('would notice a look at every event', async () => {
    const statement = await statementOf(() =>
      explained.outbox.pool.query('SELECT min(event_date_time) FROM waybill.event'),
    );
    expect(readBy(statement).scannedWhole).not.toEqual([]);
    expect(readBy(statement).rows).toBeGreaterThan(eventCount - 10); // rounded for each of the workers
  });
});
