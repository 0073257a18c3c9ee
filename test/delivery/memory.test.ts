import { describe, expect, it } from 'vitest';
import { seedEvents, testDatabases } from '../support/outbox.js';
import { startWorker } from '../support/worker.js';

interface Load {
  /** Each is some 340 bytes. */
  readonly events: number;
  readonly batchSize: number;
}

/** The peak of memory of a process that delivers them, in MiB. */
async function memoryPeakMib({ events, batchSize }: Load): Promise<number> {
  const databases = await testDatabases();
  await seedEvents(databases, events, { contextBytes: 180 });
  const worker = startWorker(databases, { service: { partitionQuantity: batchSize } });
  const { report, memoryPeakKib } = await worker.result;
  expect(report).toMatchObject({ batchesDelivered: events / batchSize, eventsDelivered: events });
  expect(report.bytesDelivered).toBeGreaterThan(events * 300);
  return memoryPeakKib / 1_024;
}

describe('the memory of a worker', () => {
  it('does not grow with the size of a batch: at 500,000 a batch within a tenth of that at 10,000', async () => {
    // The same events in both, and many batches: a process takes some time until it has reached what it needs, some 95 MiB.
    const small = await memoryPeakMib({ events: 500_000, batchSize: 10_000 });
    const large = await memoryPeakMib({ events: 500_000, batchSize: 500_000 }); // 170 MB
    expect(large).toBeLessThan(1.1 * small);
  }, 180_000);
});
