import { describe, expect, it } from 'vitest';
import {
  expectExactlyOnce,
  readAttempts,
  readBatches,
  seedEvents,
  testDatabases,
} from '../support/outbox.js';
import { startWorker } from '../support/worker.js';

describe('four worker processes on one backlog', () => {
  it('send each batch once, and every event arrives exactly once', async () => {
    const databases = await testDatabases();
    const committed = await seedEvents(databases, 40_250);
    const service = { partitionQuantity: 500, concurrency: 2 };

    const workers = Array.from({ length: 4 }, () => startWorker(databases, { service }));
    const reports = await Promise.all(workers.map(async ({ result }) => (await result).report));

    for (const report of reports) {
      expect(report).toMatchObject({ endedBecause: 'drained', attemptsFailed: 0, claimsLost: 0 });
    }
    const sumOf = (figure: 'batchesSealed' | 'batchesDelivered' | 'eventsDelivered'): number =>
      reports.reduce((sum, report) => sum + report[figure], 0);
    expect(sumOf('batchesSealed')).toBe(80);
    expect(sumOf('batchesDelivered')).toBe(80);
    expect(sumOf('eventsDelivered')).toBe(40_000);

    const batches = await readBatches(databases);
    expect(batches.map(({ status, claim_epoch }) => `${status} ${String(claim_epoch)}`)).toEqual(
      Array.from({ length: 80 }, () => 'DELIVERED 1'),
    );
    const attempts = await readAttempts(databases);
    expect(attempts.map(({ batch_id }) => batch_id).sort()).toEqual(batches.map(({ id }) => id).sort());
    expect(new Set(attempts.map(({ outcome }) => outcome))).toEqual(new Set(['delivered']));
    await expectExactlyOnce(databases, committed.slice(0, 40_000));
  });
});
