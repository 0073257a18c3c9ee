import { describe, expect, inject, it } from 'vitest';
import type { TestDatabases } from '../support/databases.js';
import { inClickHouse, numberFromClickHouse } from '../support/clickhouse.js';
import {
  expectExactlyOnce,
  readAttempts,
  readBatches,
  seedEvents,
  testDatabases,
  testProxy,
  type BatchRow,
} from '../support/outbox.js';
import { createEventLog, startOwnClickHouse } from '../support/ownClickHouse.js';

/** ClickHouse refuses events of type `bad` from now on. */
const refuseBad = `ALTER TABLE DB.event_log ADD CONSTRAINT no_bad CHECK event_type != 'bad'`;
const acceptBad = 'ALTER TABLE DB.event_log DROP CONSTRAINT no_bad';

/** Makes some of the committed events bad: those at these places. Returns the ids of the others, and theirs. */
async function makeBad(
  { pool }: TestDatabases,
  committed: readonly string[],
  places: readonly number[],
): Promise<{ good: string[]; bad: string[] }> {
  const bad = committed.filter((_, at) => places.includes(at));
  await pool.query(`UPDATE waybill.event SET event_type = 'bad' WHERE event_id = ANY ($1)`, [bad]);
  return { good: committed.filter((id) => !bad.includes(id)), bad };
}

async function quarantinedEvents({ pool }: TestDatabases): Promise<string[]> {
  const { rows } = await pool.query<{ event_id: string }>(
    `SELECT event_id FROM waybill.event_status WHERE status = 'QUARANTINED' ORDER BY id`,
  );
  return rows.map((row) => row.event_id);
}

/** Every event belongs to exactly one batch that was not replaced. */
async function expectOneOwnerEach({ pool }: TestDatabases): Promise<void> {
  const { rows } = await pool.query(
    `SELECT event.id FROM waybill.event
     LEFT JOIN waybill.batch ON batch.event_ids @> event.id AND batch.status <> 'REPLACED'
     GROUP BY event.id HAVING count(batch.id) <> 1`,
  );
  expect(rows).toEqual([]);
}

function withStatus(batches: readonly BatchRow[], status: string): BatchRow[] {
  return batches.filter((batch) => batch.status === status);
}

describe('a batch with rows that ClickHouse refuses', () => {
  it.each([
    ['one', [437]],
    ['the first', [0]],
    ['the last', [999]],
    ['several', [3, 4, 500, 998]],
    ['two side by side at the middle', [499, 500]],
  ])('delivers the others in the same run and quarantines %s', async (_which, places) => {
    const databases = await testDatabases();
    await inClickHouse(databases, refuseBad);
    const { good, bad } = await makeBad(databases, await seedEvents(databases, 1_000), places);

    const report = await databases.service({ partitionQuantity: 1_000 }).run();
    expect(report).toMatchObject({
      endedBecause: 'drained',
      eventsDelivered: 1_000 - bad.length,
      eventsQuarantined: bad.length,
    });
    await expectExactlyOnce(databases, good);
    expect(await quarantinedEvents(databases)).toEqual(bad);
    await expectOneOwnerEach(databases);
    const batches = await readBatches(databases);
    for (const batch of withStatus(batches, 'QUARANTINED')) {
      expect(batch).toMatchObject({
        event_count: 1,
        last_error_code: '469 VIOLATED_CONSTRAINT',
        last_error: expect.stringContaining('no_bad') as string,
      });
    }
    expect(batches[0]).toMatchObject({ status: 'REPLACED', event_count: 1_000 }); // the parent is kept
  });

  it('says which column it was, where ClickHouse says so', async () => {
    const databases = await testDatabases();
    await inClickHouse(databases, 'ALTER TABLE DB.event_log MODIFY COLUMN subject Nullable(UInt8)');
    const committed = await seedEvents(databases, 3);
    await databases.pool.query(
      `UPDATE waybill.event SET subject = CASE WHEN event_id = $1 THEN 'x' ELSE '7' END`,
      [committed[1]],
    );
    expect(await databases.service({ partitionQuantity: 3 }).run()).toMatchObject({ eventsQuarantined: 1 });
    const { rows } = await databases.pool.query(
      `SELECT refused_column, last_error_code FROM waybill.batch WHERE status = 'QUARANTINED'`,
    );
    expect(rows).toEqual([
      { refused_column: 'subject', last_error_code: '27 CANNOT_PARSE_INPUT_ASSERTION_FAILED' },
    ]);
  });

  it('is quarantined where a value is none of an enumeration', async () => {
    const databases = await testDatabases();
    await inClickHouse(databases, `ALTER TABLE DB.event_log MODIFY COLUMN environment Enum8('test' = 1)`);
    const committed = await seedEvents(databases, 5);
    await databases.pool.query(`UPDATE waybill.event SET environment = 'other' WHERE event_id = $1`, [
      committed[4],
    ]);
    expect(await databases.service({ partitionQuantity: 5 }).run()).toMatchObject({ eventsQuarantined: 1 });
    expect(await quarantinedEvents(databases)).toEqual(committed.slice(4));
    await expectExactlyOnce(databases, committed.slice(0, 4));
  });

  it('takes few inserts to find a bad row among many', async () => {
    const databases = await testDatabases();
    await inClickHouse(databases, refuseBad);
    await makeBad(databases, await seedEvents(databases, 4_096), [1_234]);
    await databases.service({ partitionQuantity: 4_096, concurrency: 1 }).run();
    // The batch, what stands before the row, the row itself, and what follows it in two halves.
    expect(await readAttempts(databases)).toHaveLength(5);
  });

  it('does not hold back other batches', async () => {
    const databases = await testDatabases();
    await inClickHouse(databases, refuseBad);
    const { good } = await makeBad(databases, await seedEvents(databases, 1_000), [0, 150, 151, 999]);
    const service = databases.service({ concurrency: 1, failedSendingRetries: 0 });
    expect(await service.run()).toMatchObject({ endedBecause: 'drained', eventsQuarantined: 4 });
    await expectExactlyOnce(databases, good);
  });

  it('ends the run when far too many are refused, since then it is the table that is at fault', async () => {
    const databases = await testDatabases();
    await inClickHouse(databases, `ALTER TABLE DB.event_log ADD CONSTRAINT none CHECK event_type = 'none'`);
    await seedEvents(databases, 60);
    const service = databases.service({ partitionQuantity: 60, concurrency: 1, quarantinedPerRunMax: 20 });
    expect(await service.run()).toMatchObject({ endedBecause: 'too_many_rejected', eventsQuarantined: 20 });
    await expectOneOwnerEach(databases);
  });
});

describe('a quarantined event', () => {
  it('is delivered once when it is released after the table was mended', async () => {
    const databases = await testDatabases();
    await inClickHouse(databases, refuseBad);
    const committed = await seedEvents(databases, 100);
    await makeBad(databases, committed, [50]);
    await databases.service().run();
    await inClickHouse(databases, acceptBad);
    expect(await databases.service().run()).toMatchObject({ batchesDelivered: 0 }); // it waits for a person

    await databases.pool.query(
      `UPDATE waybill.batch SET status = 'AWAITING_DELIVERY' WHERE status = 'QUARANTINED'`,
    );
    expect(await databases.service().run()).toMatchObject({ batchesDelivered: 1 });
    await expectExactlyOnce(databases, committed);
  });

  it('is quarantined again when it is released too soon', async () => {
    const databases = await testDatabases();
    await inClickHouse(databases, refuseBad);
    const { bad } = await makeBad(databases, await seedEvents(databases, 10), [5]);
    await databases.service({ partitionQuantity: 10 }).run();
    await databases.pool.query(
      `UPDATE waybill.batch SET status = 'AWAITING_DELIVERY' WHERE status = 'QUARANTINED'`,
    );
    expect(await databases.service().run()).toMatchObject({ eventsQuarantined: 1, endedBecause: 'drained' });
    expect(await quarantinedEvents(databases)).toEqual(bad);
  });
});

describe('a view on the table that fails', () => {
  const makeTable = (name: string): string =>
    `CREATE TABLE DB.${name} (event_id UUID) ENGINE = MergeTree ORDER BY event_id
     SETTINGS non_replicated_deduplication_window = 1000`;
  const makeView = (name: string, condition: string): string =>
    `CREATE MATERIALIZED VIEW DB.${name}_view TO DB.${name} AS SELECT event_id FROM DB.event_log WHERE ${condition}`;

  it('leaves the batch delivered, since the table has it, and is told with its attempt', async () => {
    const databases = await testDatabases();
    await inClickHouse(
      databases,
      makeTable('seen'),
      makeView('seen', '1'),
      makeTable('broken'),
      makeView('broken', `throwIf(event_type = 'bad') = 0`),
    );
    const committed = await seedEvents(databases, 64);
    await makeBad(databases, committed, [20]);
    const service = databases.service({ partitionQuantity: 32, concurrency: 1 });
    const report = await service.run();
    expect(report).toMatchObject({
      endedBecause: 'drained',
      batchesDelivered: 2,
      attemptsFailed: 0,
      eventsQuarantined: 0,
      error: { code: '395 FUNCTION_THROW_IF_VALUE_IS_NON_ZERO' },
    });
    await expectExactlyOnce(databases, committed);
    expect(await readAttempts(databases)).toMatchObject([
      { outcome: 'delivered', rows: '32', error_code: '395 FUNCTION_THROW_IF_VALUE_IS_NON_ZERO' },
      { outcome: 'delivered', rows: '32', error_code: null },
    ]);
    expect(await readBatches(databases)).toMatchObject([
      { status: 'DELIVERED', last_error: expect.stringContaining('broken_view') as string },
      { status: 'DELIVERED', last_error: null },
    ]);
    const seen = 'SELECT count() - uniqExact(event_id) AS number FROM DB.seen';
    expect(await numberFromClickHouse(databases, seen)).toBe(0); // the view beside it has nothing twice
  });

  it('leaves the batch delivered as well where its error is one of types, which no batch can help', async () => {
    const databases = await testDatabases();
    await inClickHouse(
      databases,
      makeTable('seen'),
      makeView('seen', '1'),
      'DROP TABLE DB.seen',
      'CREATE TABLE DB.seen (event_id Array(UInt8)) ENGINE = MergeTree ORDER BY tuple()',
    );
    const committed = await seedEvents(databases, 100);
    expect(await databases.service().run()).toMatchObject({ endedBecause: 'drained', eventsQuarantined: 0 });
    await expectExactlyOnce(databases, committed);
  });
});

describe('an outage', () => {
  it.each([
    ['answers 500 without a code', { kind: 'answer', status: 500, body: 'Internal Server Error' }],
    ['answers 503', { kind: 'answer', status: 503, body: '<html>Service Unavailable</html>' }],
    ['cuts the body and closes its side', { kind: 'halfClose', afterBodyBytes: 3_333 }],
    ['cuts the body and resets', { kind: 'reset', afterBodyBytes: 3_333 }],
    ['drops the answer', { kind: 'dropAnswer' }],
  ] as const)('quarantines nothing and splits nothing when ClickHouse %s', async (_what, fault) => {
    const proxy = await testProxy(inject('clickhouseUrl'));
    const databases = await testDatabases({ clickhouseUrl: proxy.url });
    const committed = await seedEvents(databases, 101);
    for (let time = 0; time < 3; time += 1) proxy.spoilNextInsert(fault);
    const report = await databases.service({ partitionQuantity: 101, concurrency: 1 }).run();
    expect(report).toMatchObject({ endedBecause: 'drained', eventsQuarantined: 0, batchesSplit: 0 });
    await expectExactlyOnce(databases, committed);
  });

  it('of any length leaves every batch to be delivered once it is over', async () => {
    const clickhouse = await startOwnClickHouse();
    try {
      const databases = await testDatabases({ clickhouseUrl: clickhouse.url });
      await createEventLog(databases);
      const committed = await seedEvents(databases, 300);
      await clickhouse.stop();
      for (let run = 0; run < 12; run += 1)
        await databases.service({ failedSendingRetries: 1, backoff: { firstMs: 1, maxMs: 2 } }).run();
      const batches = await readBatches(databases);
      expect(withStatus(batches, 'AWAITING_DELIVERY')).toHaveLength(batches.length);
      await clickhouse.restart();
      await databases.service().run();
      await expectExactlyOnce(databases, committed);
    } finally {
      await clickhouse.remove();
    }
  });
});
