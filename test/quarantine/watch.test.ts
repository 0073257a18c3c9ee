import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { beforeEach, describe, expect, it } from 'vitest';
import { readBacklog } from '../../src/outbox/readBacklog.js';
import { readDeliveryWatch } from '../../src/outbox/readDeliveryWatch.js';
import { end, openCapture, sealBatches, setStatus } from '../support/cleaning.js';
import type { TestDatabases } from '../support/databases.js';
import { seedEvents, testDatabases } from '../support/outbox.js';

let databases: TestDatabases;
beforeEach(async () => {
  databases = await testDatabases();
});

const minuteMs = 60_000;

function minutesAgo(minutes: number): Date {
  return new Date(Date.now() - minutes * minuteMs);
}

/** Commits events that were captured so long ago. */
function seedAged(count: number, minutes: number): Promise<string[]> {
  return seedEvents(databases, count, { capturedAt: minutesAgo(minutes) });
}

/** Age of the oldest undelivered record in whole minutes; `undefined` when all is delivered. */
async function watchedMinutes(): Promise<number | undefined> {
  const watch = await readDeliveryWatch(databases.outbox);
  const backlog = await readBacklog(databases.outbox);
  expect(backlog.oldestCapturedAt).toEqual(watch.oldestUndeliveredAt);
  expect(backlog.quarantined).toBe(watch.quarantinedEvents);
  const { oldestUndeliveredAgeMs: ageMs } = watch;
  return ageMs === undefined ? undefined : Math.floor(ageMs / minuteMs);
}

describe('the watch', () => {
  it('has no age when there is nothing, and none when all is delivered', async () => {
    expect(await readDeliveryWatch(databases.outbox)).toEqual({
      oldestUndeliveredAt: undefined,
      oldestUndeliveredAgeMs: undefined,
      quarantinedEvents: 0,
      oldestQuarantinedAt: undefined,
    });
    await seedAged(10, 30);
    await databases.service({ partitionQuantity: 10 }).run();
    expect(await watchedMinutes()).toBeUndefined();
  });

  it('sees records of which no worker has ever heard', async () => {
    await seedAged(3, 5);
    await seedAged(3, 20);
    await seedAged(3, 1);
    // In the order of their ids, as for sealing: the first is what is looked at.
    expect(await watchedMinutes()).toBe(5);
  });

  it('sees a record that was committed late, in a hole that sealing has left', async () => {
    const slow = await openCapture(databases);
    await seedAged(10, 2);
    await databases.service({ partitionQuantity: 10 }).run();
    expect(await watchedMinutes()).toBeUndefined();
    await slow.query(`UPDATE waybill.event SET event_date_time = $1 WHERE event_type = 'slow'`, [
      minutesAgo(40),
    ]);
    await end(slow, 'COMMIT');
    expect(await watchedMinutes()).toBe(40);
  });

  it.each(['AWAITING_DELIVERY', 'SENDING'] as const)('sees a batch that is %s', async (status) => {
    await seedAged(10, 12);
    const [batchId] = await sealBatches(databases, [10]);
    await setStatus(databases, batchId, status);
    await seedAged(5, 3);
    expect(await watchedMinutes()).toBe(12);
  });

  it('counts quarantined records by themselves, so that one of them does not hide an outage', async () => {
    await seedAged(1, 600);
    const [batchId] = await sealBatches(databases, [1]);
    await setStatus(databases, batchId, 'QUARANTINED');
    expect(await watchedMinutes()).toBeUndefined();
    await seedAged(5, 3);
    expect(await watchedMinutes()).toBe(3);
    const watch = await readDeliveryWatch(databases.outbox);
    expect(watch.quarantinedEvents).toBe(1);
    expect(Math.floor((Date.now() - Number(watch.oldestQuarantinedAt)) / minuteMs)).toBe(600);
    expect(await readBacklog(databases.outbox)).toMatchObject({
      awaiting: 5,
      quarantined: 1,
      oldestQuarantinedAt: watch.oldestQuarantinedAt,
    });
  });

  it.each(['REPLACED', 'DROPPED'])('does not count a batch that was %s', async (status) => {
    await seedAged(1, 600);
    await sealBatches(databases, [1]);
    await databases.pool.query(`UPDATE waybill.batch SET status = $1, closed_at = now()`, [status]);
    expect(await watchedMinutes()).toBeUndefined();
  });

  it('is open to a role that may do nothing else', async () => {
    await seedAged(3, 7);
    const role = `watcher_${randomBytes(4).toString('hex')}`;
    await databases.pool.query(`CREATE ROLE ${role} LOGIN PASSWORD 'geheim'`);
    await databases.pool.query(`GRANT USAGE ON SCHEMA waybill TO ${role}`);
    await databases.pool.query(`GRANT SELECT ON waybill.delivery_watch TO ${role}`);
    const url = new URL(databases.databaseUrl);
    url.username = role;
    url.password = 'geheim';
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      const { rows } = await client.query<{ late: boolean }>(
        `SELECT oldest_undelivered_age > interval '5 minutes' AS late FROM waybill.delivery_watch`,
      );
      expect(rows).toEqual([{ late: true }]);
      await expect(client.query('SELECT FROM waybill.event')).rejects.toMatchObject({ code: '42501' });
    } finally {
      await client.end();
      await databases.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});
