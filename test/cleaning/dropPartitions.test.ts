import { beforeEach, describe, expect, it } from 'vitest';
import { ensurePartitions } from '../../src/outbox/ensurePartitions.js';
import {
  clean,
  end,
  openCapture,
  outboxIds,
  partitionNames,
  partitionSize,
  range,
  sealBatches,
  setStatus,
  splitInHalves,
  undeliveredIds,
  type BatchStatus,
} from '../support/cleaning.js';
import type { TestDatabases } from '../support/databases.js';
import { expectExactlyOnce, readBatches, seedEvents, testDatabases } from '../support/outbox.js';

let databases: TestDatabases;
beforeEach(async () => {
  databases = await testDatabases({ eventPartitionSize: partitionSize });
});

/** Events 1 to 350 in batches of 50, all delivered but those named. */
async function deliverAllBut(statuses: Readonly<Record<number, BatchStatus>>): Promise<void> {
  await seedEvents(databases, 350);
  const batchIds = await sealBatches(
    databases,
    Array.from({ length: 7 }, () => 50),
  );
  for (const [index, batchId] of batchIds.entries())
    await setStatus(databases, batchId, statuses[index] ?? 'DELIVERED');
}

describe('clean_events_outbox', () => {
  it('drops the partitions that are delivered whole, and deletes the delivered events of the newest', async () => {
    const committed = await seedEvents(databases, 250);
    await ensurePartitions(databases.outbox, partitionSize); // up to 700
    committed.push(...(await seedEvents(databases, 120)));
    await databases.service({ partitionQuantity: 50 }).run();

    const report = await clean(databases);

    expect(report).toMatchObject({
      partitions: { dropped: ['event_from_0', 'event_from_100', 'event_from_200'], emptied: [], locked: [] },
      eventsDeleted: 51, // 300 to 350
      batchesCleaned: 7,
      partitionsMade: ['event_from_700'],
    });
    expect(await outboxIds(databases)).toEqual(range(351, 370));
    expect((await readBatches(databases)).every(({ cleaned_at }) => cleaned_at !== null)).toBe(true);
    expect(await partitionNames(databases)).toEqual(
      range(3, 7).map((hundreds) => `event_from_${String(hundreds)}00`),
    );
    await expectExactlyOnce(databases, committed.slice(0, 350));
  });

  it('drops a partition whose batches were split, delivered and dropped, and none with a piece that is quarantined', async () => {
    await seedEvents(databases, 350);
    const batchIds = await sealBatches(
      databases,
      Array.from({ length: 7 }, () => 50),
    );
    for (const batchId of batchIds) await splitInHalves(databases, batchId, 'DELIVERED');
    await databases.pool.query(
      `UPDATE waybill.batch
       SET status = CASE WHEN event_ids @> 130::bigint THEN 'QUARANTINED' ELSE 'DROPPED' END,
           closed_at = CASE WHEN event_ids @> 130::bigint THEN NULL ELSE clock_timestamp() END
       WHERE status = 'AWAITING_DELIVERY'`,
    );
    expect((await clean(databases)).partitions.dropped).toEqual(['event_from_0', 'event_from_200']);
    expect(await outboxIds(databases)).toEqual(range(126, 150));
  });

  it('finds nothing more to do the second time', async () => {
    await deliverAllBut({});
    await clean(databases);
    const report = await clean(databases);
    expect(report).toMatchObject({
      partitions: { dropped: [], emptied: [], locked: [] },
      eventsDeleted: 0,
      batchesCleaned: 0,
      partitionsMade: [],
    });
  });

  it.each<BatchStatus>(['AWAITING_DELIVERY', 'SENDING', 'QUARANTINED'])(
    'keeps every event of a batch that is %s, and its partition',
    async (status) => {
      await deliverAllBut({ 2: status }); // 101 to 150
      const report = await clean(databases);
      expect(report.partitions.dropped).toEqual(['event_from_0', 'event_from_200']);
      expect(await outboxIds(databases)).toEqual(range(101, 150));
      expect(await readBatches(databases)).toMatchObject(
        range(0, 6).map((index) => ({
          cleaned_at: index === 2 ? null : (expect.any(Date) as unknown),
        })),
      );

      await setStatus(databases, (await readBatches(databases))[2]?.id, 'DELIVERED');
      expect((await clean(databases)).partitions.dropped).toEqual(['event_from_100']);
      expect(await outboxIds(databases)).toEqual([]);
    },
  );

  it('keeps both partitions that an undelivered batch reaches into', async () => {
    await deliverAllBut({ 1: 'AWAITING_DELIVERY' }); // 51 to 100, of which 100 lies in the second partition
    const report = await clean(databases);
    expect(report.partitions.dropped).toEqual(['event_from_200']);
    expect(await outboxIds(databases)).toEqual(range(51, 100));
  });

  it('keeps events that no batch owns yet, and their partition', async () => {
    await seedEvents(databases, 199);
    const [first] = await sealBatches(databases, [150]);
    await setStatus(databases, first, 'DELIVERED');
    const report = await clean(databases);
    expect(report.partitions.dropped).toEqual(['event_from_0']);
    expect(await outboxIds(databases)).toEqual(range(151, 199));
  });

  it.each(['COMMIT', 'ROLLBACK'] as const)(
    'keeps the partition in which an open transaction has captured, until it has ended in %s and all is delivered',
    async (how) => {
      await seedEvents(databases, 50);
      const open = await openCapture(databases); // 51
      await seedEvents(databases, 250);
      const batchIds = await sealBatches(databases, [100, 100, 100]);
      for (const batchId of batchIds) await setStatus(databases, batchId, 'DELIVERED');

      const report = await clean(databases);
      expect(report.partitions).toEqual({ dropped: [], emptied: [], locked: [] });
      expect(await partitionNames(databases)).toContain('event_from_0');
      await end(open, how);

      await clean(databases); // nothing has been sealed since, so the hole is still one
      expect(await outboxIds(databases)).toEqual(how === 'COMMIT' ? [51] : []);
      await databases.service({ partitionQuantity: 1 }).run();
      expect((await clean(databases)).partitions.dropped).toEqual([
        'event_from_0',
        'event_from_100',
        'event_from_200',
      ]);
      expect(await outboxIds(databases)).toEqual([]);
    },
  );

  it('keeps an undelivered event that lies between those of a delivered batch', async () => {
    await seedEvents(databases, 50);
    const open = await openCapture(databases); // 51
    await seedEvents(databases, 50);
    const [around] = await sealBatches(databases, [100]); // 1 to 50 and 52 to 101
    await end(open, 'COMMIT');
    await setStatus(databases, around, 'DELIVERED');
    expect(await clean(databases)).toMatchObject({ eventsDeleted: 100, batchesCleaned: 1 });
    expect(await outboxIds(databases)).toEqual([51]);
  });

  it('frees the space while a transaction that writes events stays open, and drops the partition after it', async () => {
    await seedEvents(databases, 150);
    for (const batchId of await sealBatches(databases, [100, 50]))
      await setStatus(databases, batchId, 'DELIVERED');
    const open = await openCapture(databases); // holds its lock on event, and on the partition of id 151

    const report = await clean(databases);
    expect(report.partitions).toEqual({ dropped: [], emptied: ['event_from_0'], locked: [] });
    const { rows } = await databases.pool.query<{ bytes: string }>(
      `SELECT pg_relation_size('waybill.event_from_0') AS bytes`,
    );
    expect(rows).toEqual([{ bytes: '0' }]);
    expect((await readBatches(databases)).every(({ cleaned_at }) => cleaned_at !== null)).toBe(true);
    expect(await undeliveredIds(databases)).toEqual([]);

    await end(open, 'COMMIT');
    expect((await clean(databases)).partitions.dropped).toEqual(['event_from_0']);
    expect(await outboxIds(databases)).toEqual([151]);
  });

  it('leaves a partition alone that a transaction still reads, and takes it next time', async () => {
    await seedEvents(databases, 150);
    for (const batchId of await sealBatches(databases, [100, 50]))
      await setStatus(databases, batchId, 'DELIVERED');
    const reader = await databases.pool.connect();
    await reader.query('BEGIN');
    await reader.query('SELECT count(*) FROM waybill.event');
    expect((await clean(databases)).partitions).toEqual({
      dropped: [],
      emptied: [],
      locked: ['event_from_0'],
    });
    await end(reader, 'COMMIT');
    expect((await clean(databases)).partitions.dropped).toEqual(['event_from_0']);
  });

  it('may run several times at once', async () => {
    for (let round = 1; round <= 5; round += 1) {
      await seedEvents(databases, 300);
      const [kept, ...delivered] = await sealBatches(databases, [50, 100, 100, 50]);
      for (const batchId of delivered) await setStatus(databases, batchId, 'DELIVERED');
      await setStatus(databases, kept, 'QUARANTINED');
      await Promise.all(Array.from({ length: 4 }, () => clean(databases)));
      expect(await outboxIds(databases)).toHaveLength(50 * round);
      expect(await undeliveredIds(databases)).toHaveLength(50 * round);
    }
    expect(await partitionNames(databases)).toEqual([
      ...[0, 3, 6, 9, 12].map((hundreds) => `event_from_${String(hundreds * 100)}`),
      ...range(15, 18).map((hundreds) => `event_from_${String(hundreds * 100)}`),
    ]);
  });
});
