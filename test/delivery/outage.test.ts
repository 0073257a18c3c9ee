import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inClickHouse } from '../support/clickhouse.js';
import type { TestDatabases } from '../support/databases.js';
import {
  expectExactlyOnce,
  readAttempts,
  readBatches,
  seedEvents,
  testDatabases,
} from '../support/outbox.js';
import { createEventLog, startOwnClickHouse, type OwnClickHouse } from '../support/ownClickHouse.js';
import { waitUntil } from '../support/waitUntil.js';

let clickhouse: OwnClickHouse;
let databases: TestDatabases;

beforeAll(async () => {
  clickhouse = await startOwnClickHouse();
});
afterAll(async () => {
  await clickhouse.remove();
});
beforeEach(async () => {
  databases = await testDatabases({ clickhouseUrl: clickhouse.url });
  await createEventLog(databases);
});

async function deliveredBatches(): Promise<number> {
  return (await readBatches(databases)).filter(({ status }) => status === 'DELIVERED').length;
}

describe('a ClickHouse that is stopped', () => {
  it('costs the run its retries, and the next run delivers when it is back', async () => {
    const committed = await seedEvents(databases, 300);
    await clickhouse.stop();
    const failed = await databases.service({ failedSendingRetries: 2, concurrency: 1 }).run();
    expect(failed).toMatchObject({
      endedBecause: 'retries_exhausted',
      attemptsFailed: 3,
      batchesDelivered: 0,
    });
    expect(await readBatches(databases)).toMatchObject([
      { status: 'AWAITING_DELIVERY', attempt_count: 3, last_error_code: 'ECONNREFUSED' },
    ]);
    expect((await readAttempts(databases)).map(({ outcome }) => outcome)).toEqual(
      Array.from({ length: 3 }, () => 'unavailable'),
    );

    await clickhouse.restart();
    await databases.pool.query('UPDATE waybill.batch SET not_before = clock_timestamp()'); // its wait is over
    expect(await databases.service().run()).toMatchObject({ endedBecause: 'drained', batchesDelivered: 3 });
    await expectExactlyOnce(databases, committed);
  });

  it('is waited for within one run that has retries enough', async () => {
    const committed = await seedEvents(databases, 300);
    await clickhouse.stop();
    const run = databases.service({ failedSendingRetries: 1_000 }).run();
    await waitUntil(
      'the run has failed a few times',
      async () => (await readAttempts(databases)).length >= 3,
    );
    await clickhouse.restart();
    expect(await run).toMatchObject({ endedBecause: 'drained', batchesDelivered: 3 });
    await expectExactlyOnce(databases, committed);
  });
});

describe('a ClickHouse that is killed under load', () => {
  it('loses and doubles nothing, whatever was under way', async () => {
    const committed = await seedEvents(databases, 40_000, { contextBytes: 300 });
    const options = { partitionQuantity: 200, failedSendingRetries: 1_000, concurrency: 4 };
    const run = databases.service(options).run();
    for (const delivered of [10, 60]) {
      await waitUntil('some batches are delivered', async () => (await deliveredBatches()) >= delivered);
      await clickhouse.kill();
      await clickhouse.restart();
    }
    const report = await run;
    expect(report).toMatchObject({ endedBecause: 'drained', batchesDelivered: 200, eventsDelivered: 40_000 });
    expect(report.attemptsFailed).toBeGreaterThan(0);
    await expectExactlyOnce(databases, committed);
  });
});

describe('a ClickHouse that refuses inserts for a while', () => {
  it('is sent the same batch again until it takes it', async () => {
    const committed = await seedEvents(databases, 200);
    // As an overloaded table answers: 252 TOO_MANY_PARTS.
    await inClickHouse(
      databases,
      'SYSTEM STOP MERGES DB.event_log',
      'ALTER TABLE DB.event_log MODIFY SETTING parts_to_throw_insert = 1, parts_to_delay_insert = 1',
    );
    const failed = await databases.service({ failedSendingRetries: 1, concurrency: 1 }).run();
    expect(failed).toMatchObject({
      endedBecause: 'retries_exhausted',
      batchesDelivered: 1,
      attemptsFailed: 2,
      error: { code: '252 TOO_MANY_PARTS' },
    });
    expect((await readAttempts(databases)).at(-1)).toMatchObject({ outcome: 'unavailable' });

    await inClickHouse(
      databases,
      'ALTER TABLE DB.event_log RESET SETTING parts_to_throw_insert, parts_to_delay_insert',
    );
    await databases.pool.query('UPDATE waybill.batch SET not_before = clock_timestamp()'); // its wait is over
    await databases.service().run();
    await expectExactlyOnce(databases, committed);
  });
});
