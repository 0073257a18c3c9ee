import { beforeEach, describe, expect, it } from 'vitest';
import { cleanEventsOutbox } from '../../src/tasks/cleanEventsOutbox.js';
import { clean, outboxIds, partitionSize, range, sealBatches, setStatus } from '../support/cleaning.js';
import type { TestDatabases } from '../support/databases.js';
import { seedEvents, testDatabases } from '../support/outbox.js';

let databases: TestDatabases;
beforeEach(async () => {
  databases = await testDatabases({ eventPartitionSize: partitionSize });
});

/** Events 1 to 350, delivered in batches of these sizes. */
async function deliver(sizes: readonly number[]): Promise<void> {
  await seedEvents(databases, 350);
  for (const batchId of await sealBatches(databases, sizes)) await setStatus(databases, batchId, 'DELIVERED');
}

describe('a cleaning', () => {
  it('that is asked to stop begins nothing more, and the next one does all of it', async () => {
    await deliver([100, 100, 100, 50]);
    const context = {
      outbox: databases.outbox,
      eventPartitionSize: partitionSize,
      historyRetentionDays: 30,
      fillHorizonMs: 0,
    };
    let statements = 0;
    const query: typeof databases.outbox.query = (text, values) => {
      statements += 1;
      return databases.outbox.query(text, values);
    };
    const counted = { ...context, outbox: { ...databases.outbox, query } };
    const stopped = await cleanEventsOutbox(counted, AbortSignal.abort());
    expect(stopped).toMatchObject({
      eventsDeleted: 0,
      batchesCleaned: 0,
      partitions: { dropped: [], emptied: [], locked: [] },
    });
    expect(statements).toBeLessThan(20);
    expect(await outboxIds(databases)).toEqual(range(1, 350));

    await clean(databases);
    expect(await outboxIds(databases)).toEqual([]);
  });

  it('leaves the events of a partition that is locked to its drop, and deletes those elsewhere', async () => {
    await deliver([99, 100, 100, 51]); // the second is just the partition from 100
    const reader = await databases.pool.connect();
    try {
      await reader.query('BEGIN');
      await reader.query('SELECT count(*) FROM waybill.event_from_100'); // holds it as pg_dump would
      const report = await clean(databases);
      expect(report.partitions).toMatchObject({
        dropped: ['event_from_0', 'event_from_200'],
        locked: ['event_from_100'],
      });
      expect(await outboxIds(databases)).toEqual(range(100, 199));
    } finally {
      await reader.query('ROLLBACK');
      reader.release();
    }
    await clean(databases);
    expect(await outboxIds(databases)).toEqual([]);
  });
});
