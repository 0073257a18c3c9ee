import { describe, expect, inject, it } from 'vitest';
import { inClickHouse, numberFromClickHouse } from '../support/clickhouse.js';
import {
  arrivals,
  exactlyOnce,
  expectExactlyOnce,
  readAttempts,
  seedEvents,
  testDatabases,
  testProxy,
} from '../support/outbox.js';
import { claimSealedBatch, sendOnce } from '../support/sending.js';

describe('a batch that is sent again', () => {
  it('stays in ClickHouse once, however often it comes', async () => {
    const databases = await testDatabases();
    const committed = await seedEvents(databases, 1_000);
    const batch = await claimSealedBatch(databases, 1_000);
    for (let time = 1; time <= 3; time += 1) {
      // As a first attempt each time: a later one is counted first, and would not be sent at all.
      expect(await sendOnce(databases, { ...batch, epoch: time })).toMatchObject({
        outcome: 'delivered',
        rows: 1_000,
      });
      await expectExactlyOnce(databases, committed);
    }
  });

  it('stays there once when it is sent four times at the same time', async () => {
    const databases = await testDatabases();
    const committed = await seedEvents(databases, 2_000, { contextBytes: 500 });
    const batch = await claimSealedBatch(databases, 2_000);
    await Promise.all([1, 2, 3, 4].map((epoch) => sendOnce(databases, { ...batch, epoch })));
    await expectExactlyOnce(databases, committed);
  });

  it('stays there once even when its rows are written in another way the second time', async () => {
    const databases = await testDatabases();
    const committed = await seedEvents(databases, 1_000);
    const batch = await claimSealedBatch(databases, 1_000);
    await sendOnce(databases, batch);
    await databases.pool.query(`UPDATE waybill.event SET event_context = '{ "number": 1 }' WHERE id % 2 = 0`);
    await sendOnce(databases, batch); // sent, not counted first: the token alone must do
    await expectExactlyOnce(databases, committed);
  });

  it('stays there once even when its token was forgotten, since it is counted before it is sent', async () => {
    const databases = await testDatabases();
    await inClickHouse(
      databases,
      `ALTER TABLE ${databases.clickhouseDatabase}.event_log MODIFY SETTING non_replicated_deduplication_window = 1`,
    );
    const committed = await seedEvents(databases, 200);
    const batch = await claimSealedBatch(databases, 100);
    await sendOnce(databases, batch);
    await sendOnce(databases, await claimSealedBatch(databases, 100)); // takes the only place in the window

    expect(await sendOnce(databases, { ...batch, attemptCount: 2 })).toMatchObject({
      outcome: 'delivered',
      bytes: 0,
    });
    await expectExactlyOnce(databases, committed);
    await sendOnce(databases, batch); // uncounted it is doubled: the token is indeed forgotten
    expect(await arrivals(databases, committed)).toEqual({ lost: 0, doubled: 100, phantom: 0 });
  });

  it('would be doubled under another token', async () => {
    const databases = await testDatabases();
    const committed = await seedEvents(databases, 100);
    const batch = await claimSealedBatch(databases, 100);
    await sendOnce(databases, batch);
    const { rows } = await databases.pool.query<{ id: string }>(
      'UPDATE waybill.batch SET id = gen_random_uuid() RETURNING id', // the token is the batch's id
    );
    await sendOnce(databases, { ...batch, id: rows[0]?.id ?? '' });
    expect(await arrivals(databases, committed)).toEqual({ ...exactlyOnce, doubled: 100 });
  });

  it('would be doubled by a table that remembers no tokens, which is why a run refuses one', async () => {
    const databases = await testDatabases();
    await inClickHouse(
      databases,
      'ALTER TABLE DB.event_log MODIFY SETTING non_replicated_deduplication_window = 0',
    );
    const committed = await seedEvents(databases, 100);
    const batch = await claimSealedBatch(databases, 100);
    await sendOnce(databases, batch);
    await sendOnce(databases, batch);
    expect(await arrivals(databases, committed)).toEqual({ ...exactlyOnce, doubled: 100 });
  });
});

describe('a batch whose events lie years apart', () => {
  it('is delivered into more than a hundred partitions, and stays there once when its answer is lost', async () => {
    const proxy = await testProxy(inject('clickhouseUrl'));
    const databases = await testDatabases({ clickhouseUrl: proxy.url });
    const committed = await seedEvents(databases, 130, {
      firstEventTime: new Date('2001-01-15T00:00:00Z'),
      hoursApart: 24 * 31,
    });
    proxy.spoilNextInsert({ kind: 'dropAnswer' });
    const report = await databases.service({ partitionQuantity: 130 }).run();
    expect(report).toMatchObject({ endedBecause: 'drained', attemptsFailed: 1, batchesDelivered: 1 });
    const partitions = 'SELECT uniqExact(toYYYYMM(event_date_time)) AS number FROM DB.event_log';
    expect(await numberFromClickHouse(databases, partitions)).toBeGreaterThan(100);
    await expectExactlyOnce(databases, committed);
  });

  it('is delivered with the earliest and the latest times that an event may have', async () => {
    const databases = await testDatabases();
    const committed = [
      ...(await seedEvents(databases, 1, { firstEventTime: new Date('1900-01-01T00:00:00Z') })),
      ...(await seedEvents(databases, 1, { firstEventTime: new Date('2299-12-31T23:59:59.999Z') })),
    ];
    const batch = await claimSealedBatch(databases, 2);
    await sendOnce(databases, batch);
    // Counted this time, within the times of its events.
    expect(await sendOnce(databases, { ...batch, attemptCount: 2 })).toMatchObject({
      outcome: 'delivered',
      rows: 2,
    });
    await expectExactlyOnce(databases, committed);
  });
});

describe('a materialized view on the event log', () => {
  const makeView = [
    `CREATE TABLE DB.seen (event_id UUID, batch_id UUID) ENGINE = MergeTree ORDER BY event_id
     SETTINGS non_replicated_deduplication_window = 1000`,
    'CREATE MATERIALIZED VIEW DB.seen_view TO DB.seen AS SELECT event_id, batch_id FROM DB.event_log',
  ];
  const countSeen = 'SELECT count() AS number FROM DB.seen';

  it('leaves its batches delivered at the first attempt, although ClickHouse counts its rows too', async () => {
    const databases = await testDatabases();
    await inClickHouse(databases, ...makeView);
    const committed = await seedEvents(databases, 500);
    expect(await databases.service().run()).toMatchObject({ batchesDelivered: 5, attemptsFailed: 0 });
    expect(await readAttempts(databases)).toMatchObject(
      Array.from({ length: 5 }, () => ({ outcome: 'delivered', rows: '100' })),
    );
    await expectExactlyOnce(databases, committed);
    expect(await numberFromClickHouse(databases, countSeen)).toBe(500);
  });

  it('has its own rows once as well when a batch is sent again', async () => {
    const proxy = await testProxy(inject('clickhouseUrl'));
    const databases = await testDatabases({ clickhouseUrl: proxy.url });
    await inClickHouse(databases, ...makeView);
    const committed = await seedEvents(databases, 200);
    proxy.spoilNextInsert({ kind: 'dropAnswer' });
    expect(await databases.service({ concurrency: 1 }).run()).toMatchObject({
      batchesDelivered: 2,
      attemptsFailed: 1,
    });
    await expectExactlyOnce(databases, committed);
    expect(await numberFromClickHouse(databases, countSeen)).toBe(200);
  });
});
