import { describe, expect, it } from 'vitest';
import { seedEvents, testDatabases } from '../support/outbox.js';
import { startWorker } from '../support/worker.js';

/** The peak of memory of a process that delivers one batch of so many events of some 340 bytes, in MiB. */
async function memoryPeakMib(events: number): Promise<number> {
  const databases = await testDatabases();
  await seedEvents(databases, events, { contextBytes: 180 });
  const worker = startWorker(databases, { service: { partitionQuantity: events } });
  const { report, memoryPeakKib } = await worker.result;
  expect(report).toMatchObject({ batchesDelivered: 1, eventsDelivered: events });
  expect(report.bytesDelivered).toBeGreaterThan(events * 300);
  return memoryPeakKib / 1_024;
}

describe('the memory of a worker', () => {
  it('does not grow with the size of a batch', async () => {
    const small = await memoryPeakMib(10_000); // 3 MB
    const large = await memoryPeakMib(500_000); // 170 MB
    expect(large - small).toBeLessThan(40);
  });
});
