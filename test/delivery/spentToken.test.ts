import { describe, expect, inject, it } from 'vitest';
import { quotedTable } from '../../src/eventlog/client.js';
import { insertSettings } from '../../src/eventlog/insertSettings.js';
import type { ClaimedBatch } from '../../src/outbox/claimBatch.js';
import { inClickHouse, numberFromClickHouse } from '../support/clickhouse.js';
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
import { claimSealedBatch, sendOnce } from '../support/sending.js';
import { waitUntil } from '../support/waitUntil.js';

/** Stores some rows of a batch under its token, as an earlier insert that did not arrive whole. */
async function arriveInPart(databases: TestDatabases, batch: ClaimedBatch, condition: string): Promise<void> {
  const { rows } = await databases.pool.query<Record<string, unknown>>(
    `SELECT event_id, event_type, to_char(event_date_time AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS event_date_time,
            environment, event_context::text AS event_context, metadata_version, subject, traceparent, $1::uuid AS batch_id
     FROM waybill.event WHERE ${condition} ORDER BY id`,
    [batch.id],
  );
  await databases.eventLog.client.insert({
    table: quotedTable(databases.eventLog),
    values: rows,
    format: 'JSONEachRow',
    clickhouse_settings: await insertSettings(databases.eventLog, batch.id, batch.eventCount),
  });
}

/** Gives a claimed batch back as if its worker had died. */
async function abandon({ pool }: TestDatabases): Promise<void> {
  await pool.query(`UPDATE waybill.batch SET claim_expires_at = clock_timestamp() WHERE status = 'SENDING'`);
}

const threeMonths = { firstEventTime: new Date('2026-01-15T00:00:00Z'), hoursApart: 24 * 31 };

describe('a batch of which only some months have arrived', () => {
  it('is completed under the same token, while ClickHouse remembers it', async () => {
    const databases = await testDatabases();
    const committed = await seedEvents(databases, 3, threeMonths);
    const batch = await claimSealedBatch(databases, 3);
    await arriveInPart(databases, batch, 'id = 2');
    await abandon(databases);

    expect(await databases.service().run()).toMatchObject({ batchesDelivered: 1, attemptsFailed: 0 });
    expect(await readBatches(databases)).toMatchObject([{ status: 'DELIVERED' }]);
    await expectExactlyOnce(databases, committed);
  });

  it('is not taken for whole when one month is there twice and another is missing', async () => {
    const databases = await testDatabases();
    const committed = await seedEvents(databases, 2, threeMonths);
    const batch = await claimSealedBatch(databases, 2);
    await arriveInPart(databases, batch, 'id = 1');
    await inClickHouse(databases, 'INSERT INTO DB.event_log SELECT * FROM DB.event_log');
    expect(await arrivals(databases, committed)).toEqual({ lost: 1, doubled: 1, phantom: 0 });
    await abandon(databases);
    expect(await databases.service().run()).toMatchObject({ endedBecause: 'drained', batchesDelivered: 1 });
    await expectExactlyOnce(databases, committed);
  });

  it('is counted as whole when the application gave two of its events the same id', async () => {
    const databases = await testDatabases();
    await seedEvents(databases, 3);
    await databases.pool.query(
      'UPDATE waybill.event SET event_id = (SELECT event_id FROM waybill.event WHERE id = 1) WHERE id = 2',
    );
    const batch = await claimSealedBatch(databases, 3);
    await sendOnce(databases, batch);
    expect(await sendOnce(databases, { ...batch, attemptCount: 2 })).toMatchObject({
      outcome: 'delivered',
      bytes: 0,
    });
  });

  it('is replaced, and is there once, where ClickHouse has forgotten the token', async () => {
    const databases = await testDatabases();
    await inClickHouse(
      databases,
      'ALTER TABLE DB.event_log MODIFY SETTING non_replicated_deduplication_window = 2',
    );
    const committed = await seedEvents(databases, 3, threeMonths);
    const batch = await claimSealedBatch(databases, 3);
    await arriveInPart(databases, batch, 'id = 2');
    committed.push(...(await seedEvents(databases, 4)));
    for (let other = 0; other < 2; other += 1)
      await sendOnce(databases, await claimSealedBatch(databases, 2));
    await abandon(databases);

    expect(await databases.service({ concurrency: 1 }).run()).toMatchObject({ endedBecause: 'drained' });
    await expectExactlyOnce(databases, committed);
    const batches = await readBatches(databases);
    expect(batches.map(({ status }) => status).sort()).toEqual([
      'DELIVERED',
      'DELIVERED',
      'DELIVERED',
      'REPLACED',
    ]);
  });
});

describe('a batch whose token was spent on a part of it', () => {
  it('is replaced by another that owns the same events, and the old rows go before that one is sent', async () => {
    const databases = await testDatabases();
    const committed = await seedEvents(databases, 100);
    const batch = await claimSealedBatch(databases, 100);
    await arriveInPart(databases, batch, 'id <= 60');
    await abandon(databases);

    expect(await databases.service().run()).toMatchObject({
      endedBecause: 'drained',
      batchesDelivered: 1,
      eventsDelivered: 100,
      attemptsFailed: 1,
      eventsQuarantined: 0,
    });
    await expectExactlyOnce(databases, committed);
    expect(await readBatches(databases)).toMatchObject([
      { status: 'REPLACED', last_error_code: 'COUNT_MISMATCH' },
      { status: 'DELIVERED', event_count: 100, attempt_count: 1 },
    ]);
    expect(await readAttempts(databases)).toMatchObject([
      { batch_id: batch.id, outcome: 'unknown', error_code: 'COUNT_MISMATCH', rows: '60' },
      { outcome: 'delivered', rows: '100' },
    ]);
  });

  it('is there once even when a worker that was stopped sends the old batch again after that', async () => {
    const databases = await testDatabases();
    const committed = await seedEvents(databases, 100);
    const batch = await claimSealedBatch(databases, 100);
    await arriveInPart(databases, batch, 'id <= 60');
    await abandon(databases);
    await databases.service().run();
    await sendOnce(databases, batch);
    await expectExactlyOnce(databases, committed);
  });

  it('is doubled no more when it was found doubled', async () => {
    const databases = await testDatabases();
    const committed = await seedEvents(databases, 10);
    const batch = await claimSealedBatch(databases, 10);
    await sendOnce(databases, batch);
    await inClickHouse(databases, 'INSERT INTO DB.event_log SELECT * FROM DB.event_log LIMIT 5');
    expect(await arrivals(databases, committed)).toEqual({ lost: 0, doubled: 5, phantom: 0 });
    await abandon(databases);
    await databases.service().run();
    await expectExactlyOnce(databases, committed);
  });
});

describe('an insert that still runs when its batch is taken over', () => {
  it('has ended before the batch is counted, so that it stores nothing afterwards', async () => {
    const proxy = await testProxy(inject('clickhouseUrl'));
    const databases = await testDatabases({ clickhouseUrl: proxy.url });
    const committed = await seedEvents(databases, 1_000, { contextBytes: 3_000 });
    const batch = await claimSealedBatch(databases, 1_000);
    // ClickHouse reads 256 KiB of an insert before it lists it among its queries.
    const stalled = proxy.spoilNextInsert({ kind: 'stall', afterBodyBytes: 2_000_000 });
    const connection = new AbortController();
    const late = sendOnce(databases, batch, { signal: connection.signal });
    await stalled.reached;
    const count = async (query: string): Promise<number> =>
      numberFromClickHouse(databases, `SELECT count() AS number FROM system.processes WHERE ${query}`);
    const isUnderWay = async (): Promise<boolean> =>
      (await count(`query_id LIKE 'waybill-${batch.id}-%'`)) === 1;
    await waitUntil('ClickHouse lists the insert', isUnderWay);
    await abandon(databases);

    const run = databases.service({ concurrency: 1 }).run();
    await waitUntil('the old insert is asked to end', async () => {
      const [taken] = await readBatches(databases);
      return taken?.attempt_count === 2 && (await count(`query LIKE 'KILL QUERY %'`)) > 0;
    });
    // ClickHouse waits for the rest of its body, which never comes, and whoever ends it waits with it.
    expect(await isUnderWay()).toBe(true);
    expect(proxy.insertsSeen()).toBe(1);
    connection.abort();
    stalled.release(); // the proxy passes on that the connection is gone

    expect(await run).toMatchObject({ endedBecause: 'drained', batchesDelivered: 1, attemptsFailed: 0 });
    expect(await late).toMatchObject({ outcome: 'unknown' });
    await expectExactlyOnce(databases, committed);
  });
});

describe('a worker that was stopped just before it sent', () => {
  it('does not send once its lease has run out', async () => {
    const databases = await testDatabases();
    const committed = await seedEvents(databases, 10);
    const batch = await claimSealedBatch(databases, 10);
    expect(await sendOnce(databases, batch, { isHeld: () => false })).toMatchObject({
      outcome: 'unavailable',
      code: 'CLAIM_EXPIRED',
    });
    expect(await arrivals(databases, committed)).toEqual({ lost: 10, doubled: 0, phantom: 0 });
  });
});
