import { describe, expect, inject, it } from 'vitest';
import type { TestDatabases } from '../support/databases.js';
import {
  expectExactlyOnce,
  readAttempts,
  readBatches,
  seedEvents,
  testDatabases,
  testProxy,
} from '../support/outbox.js';
import type { InsertFault, Proxy } from '../support/proxy.js';

async function databasesBehindProxy(): Promise<{ databases: TestDatabases; proxy: Proxy }> {
  const proxy = await testProxy(inject('clickhouseUrl'));
  return { databases: await testDatabases({ clickhouseUrl: proxy.url }), proxy };
}

/** Some 900 kB of body for 1,000 events, so that it travels in many pieces. */
const contextBytes = 800;

/** What the spoiled attempt is recorded as; both where the fault may come before or after ClickHouse has stored it. */
interface Spoiled {
  readonly fault: InsertFault;
  readonly outcome: RegExp;
}

describe('an insert whose connection', () => {
  const cases: [string, Spoiled][] = [
    ['is reset before the body', { fault: { kind: 'reset', afterBodyBytes: 0 }, outcome: /^unknown ECONN/ }],
    [
      'is reset in the middle of the body',
      { fault: { kind: 'reset', afterBodyBytes: 400_000 }, outcome: /^unknown (ECONNRESET|EPIPE)/ },
    ],
    [
      'is reset after the body, before the answer',
      { fault: { kind: 'reset', afterBodyBytes: 'all' }, outcome: /^unknown ECONNRESET/ },
    ],
    [
      'is reset when ClickHouse has stored it, instead of an answer',
      { fault: { kind: 'dropAnswer' }, outcome: /^unknown ECONNRESET/ },
    ],
    [
      'is closed one way before the body',
      { fault: { kind: 'halfClose', afterBodyBytes: 0 }, outcome: /^(unknown|unavailable) 3 / },
    ],
    [
      'is closed one way in the middle of the body',
      { fault: { kind: 'halfClose', afterBodyBytes: 400_000 }, outcome: /^unknown 33 CANNOT_READ_ALL_DATA/ },
    ],
    [
      'is closed one way after the body',
      { fault: { kind: 'halfClose', afterBodyBytes: 'all' }, outcome: /^delivered/ },
    ],
    [
      'ends at a gateway that answers for ClickHouse',
      { fault: { kind: 'answer', status: 502, body: '<html>Bad Gateway</html>' }, outcome: /^unknown/ },
    ],
    ['is slow', { fault: { kind: 'slow', delayMsPerChunk: 20 }, outcome: /^delivered/ }],
  ];

  it.each(cases)('%s is delivered exactly once, by a resend where it failed', async (_name, spoiled) => {
    const { databases, proxy } = await databasesBehindProxy();
    const committed = await seedEvents(databases, 2_000, { contextBytes });
    const fault = proxy.spoilNextInsert(spoiled.fault);

    const report = await databases.service({ partitionQuantity: 1_000, concurrency: 1 }).run();
    await fault.reached;

    const batches = await readBatches(databases);
    const attempts = await readAttempts(databases);
    const outcomes = attempts.map(({ outcome, error_code }) => `${outcome} ${error_code ?? ''}`);
    expect(outcomes[0]).toMatch(spoiled.outcome);
    // The batch that failed is sent again before the next one.
    const failures = outcomes[0]?.startsWith('delivered') === true ? 0 : 1;
    expect(outcomes.slice(failures)).toEqual(['delivered ', 'delivered ']);
    expect(attempts.map(({ batch_id }) => batch_id)).toEqual([
      ...batches.slice(0, failures).map(({ id }) => id),
      ...batches.map(({ id }) => id),
    ]);
    expect(report).toMatchObject({
      endedBecause: 'drained',
      batchesDelivered: 2,
      eventsDelivered: 2_000,
      attemptsSucceeded: 2,
      attemptsFailed: failures,
    });
    expect(batches.map(({ status }) => status)).toEqual(['DELIVERED', 'DELIVERED']);
    await expectExactlyOnce(databases, committed);
  });
});

describe('a ClickHouse that is out of reach', () => {
  it('costs a run its retries, and the next run delivers the same batch once', async () => {
    const { databases, proxy } = await databasesBehindProxy();
    const committed = await seedEvents(databases, 200);
    await proxy.refuse();

    const failed = await databases.service({ failedSendingRetries: 2, concurrency: 1 }).run();
    expect(failed).toMatchObject({
      endedBecause: 'retries_exhausted',
      batchesSealed: 1,
      batchesDelivered: 0,
      attemptsFailed: 3,
      error: { code: 'ECONNREFUSED' },
    });
    const [batch, ...others] = await readBatches(databases);
    expect(others).toEqual([]);
    expect(batch).toMatchObject({
      status: 'AWAITING_DELIVERY',
      claimed_by: null,
      attempt_count: 3,
      last_error_code: 'ECONNREFUSED',
    });
    expect(await readAttempts(databases)).toMatchObject(
      [1, 2, 3].map((number) => ({
        batch_id: batch?.id,
        run_id: failed.runId,
        number,
        outcome: 'unavailable',
        error_code: 'ECONNREFUSED',
        rows: '0',
      })),
    );

    await proxy.accept();
    await databases.pool.query('UPDATE waybill.batch SET not_before = clock_timestamp()'); // its wait is over
    const delivered = await databases.service({ concurrency: 1 }).run();
    expect(delivered).toMatchObject({
      endedBecause: 'drained',
      batchesDelivered: 2,
      attemptsFailed: 0,
      error: undefined,
    });
    expect((await readAttempts(databases)).at(3)).toMatchObject({
      batch_id: batch?.id,
      number: 4,
      outcome: 'delivered',
    });
    await expectExactlyOnce(databases, committed);
  });

  it('is waited for longer with each retry, and a batch is not sent before its time', async () => {
    const { databases, proxy } = await databasesBehindProxy();
    await seedEvents(databases, 100);
    await proxy.refuse();
    await databases
      .service({ failedSendingRetries: 0, backoff: { firstMs: 3_600_000, maxMs: 3_600_000 } })
      .run();
    await proxy.accept();

    const early = await databases.service().run();
    expect(early).toMatchObject({ endedBecause: 'drained', batchesDelivered: 0, attemptsFailed: 0 });
    const { rows } = await databases.pool.query<{ halfAnHourAhead: boolean }>(
      `SELECT not_before > clock_timestamp() + interval '29 minutes' AS "halfAnHourAhead" FROM waybill.batch`,
    );
    expect(rows).toEqual([{ halfAnHourAhead: true }]);
    expect(proxy.insertsSeen()).toBe(0);
  });
});
