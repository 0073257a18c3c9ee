import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, inject, it } from 'vitest';
import { queryRows, quotedTable } from '../../src/eventlog/client.js';
import { insertBatch } from '../../src/eventlog/insertBatch.js';
import { insertSettings } from '../../src/eventlog/insertSettings.js';
import type { ClaimedBatch } from '../../src/outbox/claimBatch.js';
import { inTransaction } from '../../src/outbox/database.js';
import { readBatch } from '../../src/outbox/readBatch.js';
import { sealBatch } from '../support/sealBatch.js';
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
import { claimSealedBatch } from '../support/sending.js';
import { waitUntil } from '../support/waitUntil.js';

/** Ends the connection that is reading a batch. Returns how many there were. */
async function breakReads(databases: TestDatabases): Promise<number> {
  const { rowCount } = await databases.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND state = 'active' AND query LIKE 'COPY (%'`,
  );
  return rowCount ?? 0;
}

async function waitForInsertsToEnd({ eventLog, clickhouseDatabase }: TestDatabases): Promise<void> {
  await waitUntil('ClickHouse is done with every insert', async () => {
    const running = await queryRows(
      eventLog,
      `SELECT 1 FROM system.processes
       WHERE startsWith(query, 'INSERT INTO') AND position(query, {database: String}) > 0`,
      { database: clickhouseDatabase },
    );
    return running.length === 0;
  });
}

describe('a batch whose reading breaks half-way', () => {
  it('leaves nothing in ClickHouse, and is delivered whole when it is sent again', async () => {
    const proxy = await testProxy(inject('clickhouseUrl'));
    const databases = await testDatabases({ clickhouseUrl: proxy.url });
    const committed = await seedEvents(databases, 3_000, { contextBytes: 10_000 }); // 30 MB
    const fault = proxy.spoilNextInsert({ kind: 'stall', afterBodyBytes: 5_000_000 });
    const options = { partitionQuantity: 3_000, concurrency: 1 };

    const run = databases.service({ ...options, failedSendingRetries: 0 }).run();
    await fault.reached;
    expect(await breakReads(databases)).toBe(1);
    fault.release(); // the rows that were on their way go on to ClickHouse, and then there are no more
    const report = await run;
    await waitForInsertsToEnd(databases);

    expect(await arrivals(databases, committed)).toEqual({ lost: 3_000, doubled: 0, phantom: 0 });
    expect(report).toMatchObject({ endedBecause: 'retries_exhausted', batchesDelivered: 0 });
    expect(await readBatches(databases)).toMatchObject([
      { status: 'AWAITING_DELIVERY', last_error_code: 'OUTBOX_READ_FAILED' },
    ]);
    expect(await readAttempts(databases)).toMatchObject([
      { outcome: 'unavailable', error_code: 'OUTBOX_READ_FAILED', rows: '0' },
    ]);

    await databases.pool.query('UPDATE waybill.batch SET not_before = clock_timestamp()'); // its wait is over
    expect(await databases.service(options).run()).toMatchObject({ batchesDelivered: 1, attemptsFailed: 0 });
    await expectExactlyOnce(databases, committed);
  });

  it('is sent again by the same run', async () => {
    const proxy = await testProxy(inject('clickhouseUrl'));
    const databases = await testDatabases({ clickhouseUrl: proxy.url });
    const committed = await seedEvents(databases, 3_000, { contextBytes: 10_000 });
    const fault = proxy.spoilNextInsert({ kind: 'stall', afterBodyBytes: 5_000_000 });

    const run = databases.service({ partitionQuantity: 3_000, concurrency: 1 }).run();
    await fault.reached;
    expect(await breakReads(databases)).toBe(1);
    fault.release();
    expect(await run).toMatchObject({ endedBecause: 'drained', attemptsFailed: 1, batchesDelivered: 1 });
    await waitForInsertsToEnd(databases);
    await expectExactlyOnce(databases, committed);
  });

  it('would lose events if its request were ended instead of destroyed', async () => {
    const databases = await testDatabases();
    const committed = await seedEvents(databases, 1_000);
    const batch = await claimSealedBatch(databases, 1_000);
    const reading = await readBatch(databases.outbox, batch);
    const lines = (await text(reading.rows)).split(/(?<=\n)/);
    await reading.close();

    // The careless sender: its rows stop after the first half, and it ends its request as if that were all.
    expect(await endEarly(databases, batch, lines.slice(0, 500).join(''))).toBe(200);
    const resent = await resendWhole(databases, batch);

    // ClickHouse takes the resend for what it has, and says that all is well.
    expect(resent).toBe(1_000);
    expect(await arrivals(databases, committed)).toEqual({ lost: 500, doubled: 0, phantom: 0 });
  });
});

/** Sends these rows of a batch with the settings and the token of the product, and ends the request after them. */
async function endEarly(databases: TestDatabases, batch: ClaimedBatch, rows: string): Promise<number> {
  const settings = await insertSettings(databases.eventLog, batch.id, batch.eventCount);
  const url = new URL(databases.clickhouseUrl);
  url.searchParams.set('query', `INSERT INTO ${quotedTable(databases.eventLog)} FORMAT TabSeparated`);
  for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, String(value));
  const sending = request(url, { method: 'POST' });
  const answered = new Promise<number>((resolve, reject) => {
    sending.once('error', reject);
    sending.once('response', (response) => {
      response.resume();
      once(response, 'end').then(() => {
        resolve(response.statusCode ?? 0);
      }, reject);
    });
  });
  sending.write(rows);
  sending.end();
  return answered;
}

async function resendWhole(databases: TestDatabases, batch: ClaimedBatch): Promise<number | undefined> {
  const reading = await readBatch(databases.outbox, batch);
  const written = await insertBatch(databases.eventLog, {
    rows: reading.rows,
    eventCount: batch.eventCount,
    deduplicationToken: batch.id,
    queryId: `resend-${batch.id}`,
    beforeSending: () => undefined,
    signal: new AbortController().signal,
  });
  await reading.close();
  return written;
}

describe('a sealed batch of which rows were deleted by hand', () => {
  it('is not delivered in part, and says what is missing', async () => {
    const databases = await testDatabases();
    const committed = await seedEvents(databases, 1_000);
    await sealBatch(databases.outbox, 1_000, false);
    await databases.pool.query('DELETE FROM waybill.event WHERE id IN (17, 500, 1000)');

    const report = await databases.service({ partitionQuantity: 1_000, failedSendingRetries: 1 }).run();

    const expected = expect.stringMatching(/owns 1,000 events, but the outbox holds 997 of them/) as unknown;
    expect(report).toMatchObject({
      endedBecause: 'retries_exhausted',
      attemptsFailed: 2,
      error: { text: expected },
    });
    expect(await readBatches(databases)).toMatchObject([
      { status: 'AWAITING_DELIVERY', last_error: expected },
    ]);
    await waitForInsertsToEnd(databases);
    expect(await arrivals(databases, committed)).toEqual({ lost: 1_000, doubled: 0, phantom: 0 });
  });

  it('is not delivered when all of its rows are gone', async () => {
    const databases = await testDatabases();
    await seedEvents(databases, 10);
    await sealBatch(databases.outbox, 10, false);
    await databases.pool.query('DELETE FROM waybill.event');
    const report = await databases.service({ partitionQuantity: 10, failedSendingRetries: 0 }).run();
    expect(report).toMatchObject({ endedBecause: 'retries_exhausted', batchesDelivered: 0 });
    expect(report.error?.text).toContain('holds 0 of them');
    expect(await readBatches(databases)).toMatchObject([{ status: 'AWAITING_DELIVERY' }]);
  });
});

describe('a connection that Postgres ends while a transaction is open on it', () => {
  it('fails the transaction, and not the process', async () => {
    const databases = await testDatabases();
    const broken = inTransaction(databases.outbox, async (client) => {
      const ended = new Promise<void>((resolve) => client.once('end', resolve));
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await databases.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await ended; // with an 'error' on the way, which nobody but the pool listens to
      await client.query('SELECT 1');
    });
    await expect(broken).rejects.toThrow();
    expect((await databases.outbox.pool.query('SELECT 1')).rowCount).toBe(1);
  });
});
