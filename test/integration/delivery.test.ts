import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { captureEvents } from '../../src/index.js';
import { inTransaction } from '../../src/outbox/database.js';
import { compare, createDatabases, deliveredEventIds, type TestDatabases } from '../support/databases.js';

let databases: TestDatabases;
beforeEach(async () => {
  databases = await createDatabases();
});
afterEach(async () => {
  await databases.drop();
});

function capture(count: number): Promise<string[]> {
  const events = Array.from({ length: count }, (_, index) => ({
    eventType: 'counted',
    eventContext: { index },
  }));
  return inTransaction(databases.outbox, (tx) => captureEvents(tx, events));
}

describe('a run of the EventLogService', () => {
  it('delivers full batches and leaves what is fewer than a batch', async () => {
    const committed = await capture(250);
    const report = await databases.service().run();
    expect(report).toMatchObject({
      endedBecause: 'drained',
      batchesSealed: 2,
      batchesDelivered: 2,
      attemptsSucceeded: 2,
      attemptsFailed: 0,
      eventsDelivered: 200,
    });
    expect(compare(committed.slice(0, 200), await deliveredEventIds(databases.eventLog))).toEqual({
      lost: [],
      doubled: [],
      phantom: [],
    });
  });
});
