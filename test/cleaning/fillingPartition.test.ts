import { beforeEach, describe, expect, it } from 'vitest';
import { clean, outboxIds, partitionSize, range, sealBatches, setStatus } from '../support/cleaning.js';
import type { TestDatabases } from '../support/databases.js';
import { deadRows } from '../support/deadRows.js';
import { expectExactlyOnce, readBatches, seedEvents, testDatabases } from '../support/outbox.js';

const fillHorizonMs = 3_600_000;

let databases: TestDatabases;
beforeEach(async () => {
  databases = await testDatabases({ eventPartitionSize: partitionSize });
  await databases.pool.query('CREATE EXTENSION pgstattuple');
});

/** Commits events and delivers them, in batches of 50. */
async function deliver(count: number): Promise<string[]> {
  const committed = await seedEvents(databases, count);
  await databases.service({ partitionQuantity: 50, maxWaitMs: 0 }).run();
  return committed;
}

/** Moves all deliveries so far into the past. */
async function age(minutes: number): Promise<void> {
  await databases.pool.query(
    'UPDATE waybill.batch SET delivered_at = delivered_at - make_interval(mins => $1)',
    [minutes],
  );
}

async function cleanedBatches(): Promise<number> {
  return (await readBatches(databases)).filter(({ cleaned_at }) => cleaned_at !== null).length;
}

describe('the partition that is being written', () => {
  it('keeps its delivered events and has no dead row while it fills soon, and is dropped once it is full', async () => {
    const committed = await deliver(150); // 900 an hour; 49 ids are left
    expect(await clean(databases, { fillHorizonMs })).toMatchObject({
      partitions: { dropped: ['event_from_0'] },
      eventsDeleted: 0,
      eventsLeft: 100, // of two batches: 51 to 100, of which only 100 lies here, and 101 to 150
      batchesCleaned: 1,
    });
    expect(await outboxIds(databases)).toEqual(range(100, 150));
    expect(await deadRows(databases)).toBe(0);
    expect(await cleanedBatches()).toBe(1);

    committed.push(...(await deliver(50))); // to 200: the partition is full
    expect(await clean(databases, { fillHorizonMs })).toMatchObject({
      partitions: { dropped: ['event_from_100'] },
      eventsDeleted: 0,
      batchesCleaned: 2,
    });
    expect(await outboxIds(databases)).toEqual([200]);
    expect(await deadRows(databases)).toBe(0);
    await expectExactlyOnce(databases, committed);
  });

  it('loses its delivered events one by one when none was delivered within ten minutes', async () => {
    await deliver(150);
    await age(11);
    expect(await clean(databases, { fillHorizonMs })).toMatchObject({
      partitions: { dropped: ['event_from_0'] },
      eventsDeleted: 51,
      eventsLeft: 0,
      batchesCleaned: 3,
    });
    expect(await outboxIds(databases)).toEqual([]);
  });

  it('loses them when it fills too slowly to be full within the horizon, and not when it is full in time', async () => {
    await deliver(160); // 160 in ten minutes; 39 ids are left, which last 146 s
    expect(await clean(databases, { fillHorizonMs: 147_000 })).toMatchObject({ eventsDeleted: 0 });
    expect(await outboxIds(databases)).toEqual(range(100, 160));
    expect(await clean(databases, { fillHorizonMs: 146_000 })).toMatchObject({ eventsDeleted: 61 });
    expect(await outboxIds(databases)).toEqual([]);
  });

  it('does not keep the delivered events of older partitions', async () => {
    await seedEvents(databases, 250);
    const [quarantined, ...others] = await sealBatches(databases, [20, 79, 100, 51]);
    await setStatus(databases, quarantined, 'QUARANTINED');
    for (const batchId of others) await setStatus(databases, batchId, 'DELIVERED');
    expect(await clean(databases, { fillHorizonMs })).toMatchObject({
      partitions: { dropped: ['event_from_100'] },
      eventsDeleted: 79,
      eventsLeft: 51,
    });
    expect(await outboxIds(databases)).toEqual([...range(1, 20), ...range(200, 250)]);
  });

  it('keeps those of the partition before as well, while its last ones are under way', async () => {
    await seedEvents(databases, 150);
    const [first, underWay, last] = await sealBatches(databases, [60, 50, 40]);
    for (const batchId of [first, last]) await setStatus(databases, batchId, 'DELIVERED');
    await setStatus(databases, underWay, 'AWAITING_DELIVERY');
    expect(await clean(databases, { fillHorizonMs })).toMatchObject({ eventsDeleted: 0, batchesCleaned: 0 });
    expect(await outboxIds(databases)).toEqual(range(1, 150));
    expect(await deadRows(databases)).toBe(0);

    await setStatus(databases, underWay, 'DELIVERED');
    expect(await clean(databases, { fillHorizonMs })).toMatchObject({
      partitions: { dropped: ['event_from_0'] },
      eventsDeleted: 0,
    });
    expect(await outboxIds(databases)).toEqual(range(100, 150));
  });

  it('leaves a batch whole that began in an older partition which stays, and cleans it once this one is gone', async () => {
    await seedEvents(databases, 150);
    const [quarantined, straddling] = await sealBatches(databases, [20, 130]);
    await setStatus(databases, quarantined, 'QUARANTINED');
    await setStatus(databases, straddling, 'DELIVERED');
    expect(await clean(databases, { fillHorizonMs })).toMatchObject({ eventsDeleted: 0, batchesCleaned: 0 });
    expect(await outboxIds(databases)).toEqual(range(1, 150));
    expect(await deadRows(databases)).toBe(0);

    await deliver(50);
    expect(await clean(databases, { fillHorizonMs })).toMatchObject({
      partitions: { dropped: ['event_from_100'] },
      eventsDeleted: 79, // 21 to 99
      batchesCleaned: 1,
    });
    expect(await outboxIds(databases)).toEqual([...range(1, 20), 200]);
    expect(await cleanedBatches()).toBe(1);
  });
});

describe('the DEFAULT partition', () => {
  it('is cleaned, however fast ids come', async () => {
    await seedEvents(databases, 450); // the partitions made ahead end at 400
    const [dropped, quarantined, last] = await sealBatches(databases, [320, 10, 120]);
    for (const batchId of [dropped, last]) await setStatus(databases, batchId, 'DELIVERED');
    await setStatus(databases, quarantined, 'QUARANTINED'); // so that the last partition stays
    const { rows } = await databases.pool.query('SELECT FROM waybill.event_default');
    expect(rows).toHaveLength(51);
    const report = await clean(databases, { fillHorizonMs });
    expect(report).toMatchObject({ eventsDeleted: 120 + 21, eventsLeft: 0, batchesCleaned: 2 });
    expect(await outboxIds(databases)).toEqual(range(321, 330));

    await deliver(50); // before the next partition, which begins at 600
    expect(await clean(databases, { fillHorizonMs })).toMatchObject({ eventsDeleted: 50, eventsLeft: 0 });
    expect(await outboxIds(databases)).toEqual(range(321, 330));
  });
});
