import { describe, expect, it } from 'vitest';
import { expectExactlyOnce, readBatches, seedEvents, testDatabases } from '../support/outbox.js';

describe('a batch that nothing helps', () => {
  it.each([1, 2])(
    'comes last from its second run on, and holds back no other (%i streams)',
    async (concurrency) => {
      const databases = await testDatabases();
      await seedEvents(databases, 20);
      const service = databases.service({
        partitionQuantity: 10,
        concurrency,
        failedSendingRetries: 1,
        backoff: { firstMs: 1, maxMs: 2 },
      });
      // As many of them as there are streams: an event of each is gone, deleted by hand.
      await databases.pool.query('SELECT waybill.seal_batch(10, false) FROM generate_series(1, 2)');
      await databases.pool.query('DELETE FROM waybill.event WHERE id IN (5, 15)');

      expect(await service.run()).toMatchObject({ endedBecause: 'retries_exhausted', batchesDelivered: 0 });
      // Each of them has had its first run.
      const isTried = async (): Promise<boolean> =>
        (await readBatches(databases)).every(({ attempt_count }) => attempt_count >= 2);
      while (!(await isTried())) await service.run();
      const committed = await seedEvents(databases, 55);
      await databases.pool.query('UPDATE waybill.batch SET not_before = clock_timestamp()');

      expect(await service.run()).toMatchObject({ endedBecause: 'retries_exhausted', batchesDelivered: 5 });
      await expectExactlyOnce(databases, committed.slice(0, 50));
      expect((await readBatches(databases)).slice(0, 2)).toMatchObject([
        { status: 'AWAITING_DELIVERY', last_error_code: 'OUTBOX_READ_FAILED' },
        { status: 'AWAITING_DELIVERY', last_error_code: 'OUTBOX_READ_FAILED' },
      ]);
    },
  );
});

describe('a batch that an outage has held up for long', () => {
  it('is delivered although one that nothing helps is older', async () => {
    const databases = await testDatabases();
    const committed = await seedEvents(databases, 20);
    await databases.pool.query('SELECT waybill.seal_batch(10, false) FROM generate_series(1, 2)');
    await databases.pool.query('UPDATE waybill.batch SET attempt_count = 100');
    await databases.pool.query('DELETE FROM waybill.event WHERE id = 5');
    const service = databases.service({ concurrency: 1, failedSendingRetries: 0 });
    expect(await service.run()).toMatchObject({ endedBecause: 'retries_exhausted', batchesDelivered: 0 });
    await databases.pool.query('UPDATE waybill.batch SET not_before = clock_timestamp()');
    expect(await service.run()).toMatchObject({ endedBecause: 'retries_exhausted', batchesDelivered: 1 });
    await expectExactlyOnce(databases, committed.slice(10));
  });
});
