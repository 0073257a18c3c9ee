import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, inject, it } from 'vitest';
import { captureEvents } from '../../src/index.js';
import type { EventLogService } from '../../src/delivery/eventLogService.js';
import type { RunReport } from '../../src/delivery/runReport.js';
import { inTransaction } from '../../src/outbox/database.js';
import type { TestDatabases } from '../support/databases.js';
import {
  arrivals,
  expectExactlyOnce,
  readAttempts,
  readBatches,
  seedEvents,
  testDatabases,
  testProxy,
} from '../support/outbox.js';
import { waitUntil } from '../support/waitUntil.js';

const minuteMs = 60_000;

async function statuses(databases: TestDatabases): Promise<string[]> {
  return (await readBatches(databases)).map(({ status }) => status);
}

describe('a run of the EventLogService', () => {
  it('delivers full batches and leaves what is fewer than a batch', async () => {
    const databases = await testDatabases();
    const events = Array.from({ length: 250 }, (_, index) => ({
      eventType: 'counted',
      eventContext: { index },
    }));
    const committed = await inTransaction(databases.outbox, (tx) => captureEvents(tx, events));
    const report = await databases.service().run();
    expect(report).toMatchObject({
      endedBecause: 'drained',
      batchesSealed: 2,
      batchesDelivered: 2,
      attemptsSucceeded: 2,
      attemptsFailed: 0,
      eventsDelivered: 200,
      error: undefined,
    });
    await expectExactlyOnce(databases, committed.slice(0, 200));
  });

  it('ends at once, having sealed nothing, when there are fewer records than a batch', async () => {
    const databases = await testDatabases();
    await seedEvents(databases, 99);
    expect(await databases.service().run()).toMatchObject({
      endedBecause: 'drained',
      batchesSealed: 0,
      eventsDelivered: 0,
    });
    expect(await readBatches(databases)).toEqual([]);
  });

  it('leaves what was not committed, and delivers it once it is', async () => {
    const databases = await testDatabases();
    const committed = await seedEvents(databases, 50);
    const client = await databases.pool.connect();
    await client.query('BEGIN');
    const open = await captureEvents(
      client,
      Array.from({ length: 50 }, () => ({ eventType: 'slow', eventContext: {} })),
    );
    committed.push(...(await seedEvents(databases, 50)));
    await databases.service().run();
    await expectExactlyOnce(databases, committed);

    await client.query('COMMIT');
    client.release();
    committed.push(...open, ...(await seedEvents(databases, 50)));
    await databases.service().run();
    await expectExactlyOnce(databases, committed);
  });

  it('sends a smaller batch once its oldest record has waited long enough, and not before', async () => {
    const databases = await testDatabases();
    const service = databases.service({ maxWaitMs: 10 * minuteMs });
    const committed = await seedEvents(databases, 30, { capturedAt: new Date(Date.now() - 9 * minuteMs) });
    expect(await service.run()).toMatchObject({ endedBecause: 'drained', batchesSealed: 0 });

    await databases.pool.query('DELETE FROM waybill.event'); // and now the same, two minutes older
    const older = await seedEvents(databases, 30, { capturedAt: new Date(Date.now() - 11 * minuteMs) });
    const younger = await seedEvents(databases, 10);
    expect(await service.run()).toMatchObject({ batchesSealed: 1, eventsDelivered: 40 });
    await expectExactlyOnce(databases, [...older, ...younger]);
    expect((await arrivals(databases, committed)).lost).toBe(committed.length);
  });

  it('sends every last record when maxWaitMs is 0', async () => {
    const databases = await testDatabases();
    const committed = await seedEvents(databases, 201);
    const report = await databases.service({ maxWaitMs: 0 }).run();
    expect(report).toMatchObject({ endedBecause: 'drained', batchesDelivered: 3, eventsDelivered: 201 });
    await expectExactlyOnce(databases, committed);
  });

  it('ends after one smaller batch, although events keep coming, instead of sending a few at a time for ever', async () => {
    const databases = await testDatabases();
    await seedEvents(databases, 5);
    const ended = new AbortController();
    const events = (async (): Promise<void> => {
      while (!ended.signal.aborted) await seedEvents(databases, 1);
    })();
    const report = await databases.service({ maxWaitMs: 0, partitionQuantity: 100_000 }).run();
    ended.abort();
    await events;
    expect(report).toMatchObject({ endedBecause: 'drained', batchesSealed: 1, batchesDelivered: 1 });
  });

  it('sends batches of up to as many streams as concurrency says at the same time', async () => {
    const proxy = await testProxy(inject('clickhouseUrl'));
    const databases = await testDatabases({ clickhouseUrl: proxy.url });
    const committed = await seedEvents(databases, 400);
    const faults = Array.from({ length: 3 }, () => proxy.spoilNextInsert({ kind: 'stallAnswer' }));
    const run = databases.service({ concurrency: 3 }).run();
    await Promise.all(faults.map(({ reached }) => reached)); // all three are under way
    expect(proxy.insertsSeen()).toBe(3);
    for (const fault of faults) fault.release();
    expect(await run).toMatchObject({ endedBecause: 'drained', batchesDelivered: 4 });
    await expectExactlyOnce(databases, committed);
  });

  it.each([-1, Number.NaN])('refuses a ttl of %s', async (ttl) => {
    const databases = await testDatabases();
    await expect(databases.service().run({ ttl })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('ttl must be a number of milliseconds') as unknown,
    });
    const { rowCount } = await databases.pool.query('SELECT FROM waybill.run');
    expect(rowCount).toBe(0);
  });

  it('fails with a report, not a throw, when Postgres cannot be reached', async () => {
    const databases = await testDatabases({ migrated: false });
    const report = await databases.service().run();
    expect(report).toMatchObject({ endedBecause: 'failed', error: { code: 'SERVICE_FAILED' } });
  });
});

describe('the end of a run', () => {
  /** A run whose first insert is held up until `during` has acted; each later one is slow enough to be cut off. */
  async function runWhile(
    databases: TestDatabases,
    proxy: Awaited<ReturnType<typeof testProxy>>,
    start: (service: EventLogService) => Promise<RunReport>,
    during: () => Promise<void> | void,
  ): Promise<RunReport> {
    const fault = proxy.spoilNextInsert({ kind: 'stallAnswer' });
    const running = start(databases.service({ concurrency: 1, partitionQuantity: 50 }));
    await fault.reached;
    await during();
    fault.release();
    return running;
  }

  it('by its ttl finishes the batch under way, leaves no batch SENDING, and the next run delivers the rest', async () => {
    const proxy = await testProxy(inject('clickhouseUrl'));
    const databases = await testDatabases({ clickhouseUrl: proxy.url });
    const committed = await seedEvents(databases, 500);
    const ttl = 4_000;
    const before = performance.now();
    const report = await runWhile(
      databases,
      proxy,
      (service) => service.run({ ttl }),
      () => waitUntil('the ttl has passed', () => performance.now() > before + ttl + 100),
    );
    expect(report).toMatchObject({ endedBecause: 'ttl_over', batchesDelivered: 1, eventsDelivered: 50 });
    expect(await statuses(databases)).toEqual(['DELIVERED']);

    expect(await databases.service({ partitionQuantity: 50 }).run()).toMatchObject({
      endedBecause: 'drained',
      eventsDelivered: 450,
    });
    await expectExactlyOnce(databases, committed);
  });

  it('by its ttl while a batch waits for its retry leaves it AWAITING_DELIVERY', async () => {
    const proxy = await testProxy(inject('clickhouseUrl'));
    const databases = await testDatabases({ clickhouseUrl: proxy.url });
    const committed = await seedEvents(databases, 100);
    await proxy.refuse();
    const service = databases.service({ backoff: { firstMs: 3_600_000, maxMs: 3_600_000 } });
    expect(await service.run({ ttl: 4_000 })).toMatchObject({ endedBecause: 'ttl_over', attemptsFailed: 1 });
    expect(await statuses(databases)).toEqual(['AWAITING_DELIVERY']);

    await proxy.accept();
    await databases.pool.query('UPDATE waybill.batch SET not_before = clock_timestamp()'); // its wait is over
    await databases.service().run();
    await expectExactlyOnce(databases, committed);
  });

  it('at a ttl of 0 comes before the first batch', async () => {
    const databases = await testDatabases();
    await seedEvents(databases, 10_000);
    const report = await databases.service({ partitionQuantity: 10 }).run({ ttl: 0 });
    expect(report.endedBecause).toBe('ttl_over');
    expect(report.batchesDelivered).toBeLessThanOrEqual(2); // one a stream
  });

  it('by its signal finishes the batch under way, and leaves none claimed', async () => {
    const proxy = await testProxy(inject('clickhouseUrl'));
    const databases = await testDatabases({ clickhouseUrl: proxy.url });
    const committed = await seedEvents(databases, 500);
    const stop = new AbortController();
    const report = await runWhile(
      databases,
      proxy,
      (service) => service.run({ signal: stop.signal }),
      () => {
        stop.abort();
      },
    );
    expect(report).toMatchObject({ endedBecause: 'stopped', batchesDelivered: 1, attemptsFailed: 0 });
    expect(await statuses(databases)).toEqual(['DELIVERED']);

    await databases.service({ partitionQuantity: 50 }).run();
    await expectExactlyOnce(databases, committed);
  });

  it('by its signal gives up a batch that is not through when its grace is over, and releases it', async () => {
    const proxy = await testProxy(inject('clickhouseUrl'));
    const databases = await testDatabases({ clickhouseUrl: proxy.url });
    const committed = await seedEvents(databases, 100);
    const stop = new AbortController();
    const fault = proxy.spoilNextInsert({ kind: 'stallAnswer' });
    const running = databases.service({ stopGraceMs: 50 }).run({ signal: stop.signal });
    await fault.reached;
    stop.abort();
    expect(await running).toMatchObject({ endedBecause: 'stopped', batchesDelivered: 0, attemptsFailed: 1 });
    expect(await statuses(databases)).toEqual(['AWAITING_DELIVERY']);
    expect(await readAttempts(databases)).toMatchObject([{ outcome: 'unknown' }]);

    // ClickHouse had stored it: sent again, it is recognised.
    await databases.pool.query('UPDATE waybill.batch SET not_before = clock_timestamp()'); // its wait is over
    expect(await databases.service().run()).toMatchObject({ batchesDelivered: 1 });
    await expectExactlyOnce(databases, committed);
  });

  it('by its signal gives up a question to a ClickHouse that never answers when its grace is over', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    try {
      const databases = await testDatabases({ clickhouseUrl: `http://127.0.0.1:${String(port)}` });
      await seedEvents(databases, 100);
      const stop = new AbortController();
      const run = databases.service({ stopGraceMs: 10 }).run({ signal: stop.signal });
      await waitUntil('it has asked', () => sockets.size > 0);
      stop.abort();
      expect(await run).toMatchObject({
        endedBecause: 'stopped',
        error: { text: expect.stringContaining('aborted') as string },
      });
      expect(await statuses(databases)).toEqual(['AWAITING_DELIVERY']);
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });

  it('by a signal that has fired before it comes before the first batch', async () => {
    const databases = await testDatabases();
    await seedEvents(databases, 100);
    expect(await databases.service().run({ signal: AbortSignal.abort() })).toMatchObject({
      endedBecause: 'stopped',
      batchesSealed: 0,
    });
    expect(await readBatches(databases)).toEqual([]);
  });
});

describe('what a run reports', () => {
  it('equals its row in table run, and its attempts are rows of table attempt', async () => {
    const proxy = await testProxy(inject('clickhouseUrl'));
    const databases = await testDatabases({ clickhouseUrl: proxy.url });
    await seedEvents(databases, 200);
    proxy.spoilNextInsert({ kind: 'dropAnswer' });
    const service = databases.service({ worker: 'worker of a test', concurrency: 1 });
    const report = await service.run();

    const { rows } = await databases.pool.query('SELECT * FROM waybill.run');
    expect(rows).toEqual([
      {
        id: report.runId,
        worker: 'worker of a test',
        started_at: report.startedAt,
        finished_at: report.finishedAt,
        ended_because: 'drained',
        batches_sealed: 2,
        batches_split: 0,
        events_quarantined: '0',
        batches_delivered: 2,
        attempts_succeeded: 2,
        attempts_failed: 1,
        claims_lost: 0,
        events_delivered: '200',
        bytes_delivered: String(report.bytesDelivered),
        duration_ms: String(Math.round(report.durationMs)),
        error_code: report.error?.code,
        error_text: report.error?.text,
      },
    ]);
    const attempts = await readAttempts(databases);
    const [first, second] = await readBatches(databases);
    expect(attempts).toMatchObject([
      { batch_id: first?.id, number: 1, outcome: 'unknown', rows: '0', error_code: report.error?.code },
      { batch_id: first?.id, number: 2, outcome: 'delivered', rows: '100', error_code: null },
      { batch_id: second?.id, number: 1, outcome: 'delivered', rows: '100', error_code: null },
    ]);
    expect(new Set(attempts.map(({ run_id }) => run_id))).toEqual(new Set([report.runId]));
    const delivered = attempts.filter(({ outcome }) => outcome === 'delivered');
    expect(delivered.reduce((sum, { bytes }) => sum + Number(bytes), 0)).toBe(report.bytesDelivered);
  });

  it('names its worker, which is another one for each service', async () => {
    const databases = await testDatabases();
    const one = await databases.service().run();
    const other = await databases.service().run();
    expect(one.worker).not.toBe(other.worker);
    const { rows } = await databases.pool.query('SELECT worker FROM waybill.run ORDER BY started_at');
    expect(rows).toEqual([{ worker: one.worker }, { worker: other.worker }]);
  });
});
