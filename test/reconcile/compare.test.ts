import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { queryRows, quotedTable } from '../../src/eventlog/client.js';
import { summariseBatches } from '../../src/eventlog/summariseBatches.js';
import { captureEvents, eventLimits, type LogEvent } from '../../src/index.js';
import { inTransaction, type Outbox } from '../../src/outbox/database.js';
import { hashBatches } from '../../src/outbox/hashBatches.js';
import { repairBatch } from '../../src/outbox/repairBatch.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { sealBatches, setStatus } from '../support/cleaning.js';
import { inClickHouse } from '../support/clickhouse.js';
import type { TestDatabases } from '../support/databases.js';
import { readBatches, seedEvents, testDatabases } from '../support/outbox.js';
import { cleanAll, compareNow, deliver, inShort } from './reconciling.js';

const oddTexts = [
  '',
  ' ',
  'tab\there',
  'line\nbreak\r\n',
  'ends with a backslash\\',
  '\\N',
  'N;',
  '3:a;b',
  '"quoted" \'quoted\' `quoted`',
  '👩‍👩‍👧‍👦 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 漢字 é e\u0301',
  '\u{10FFFF}\uFFFE\uFEFF',
  '\u0001\u007f\u0085\u2028',
];

/** Events with odd text wherever an event takes any, at the ends of what a time may be. */
function oddEvents(): LogEvent[] {
  const times = [
    ...[eventLimits.eventDateTimeMin, '1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00.000Z'],
    ...['2000-02-29T12:00:00.001Z', '2262-04-11T23:47:16.855Z', eventLimits.eventDateTimeMax],
  ];
  return oddTexts.map((text, at) => ({
    eventType: `type ${text}`,
    eventContext: { [text]: `${text}\0`, lone: '\uD800', nested: [text, 1e21, -0.5, null] },
    environment: `environment ${text}`,
    subject: at % 3 === 1 ? undefined : text,
    metadataVersion: at % 2 === 0 ? eventLimits.metadataVersionMax : 0,
    traceparent: at % 2 === 0 ? undefined : '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    eventDateTime: new Date(times[at % times.length] ?? 0),
  }));
}

async function deliverOddEvents(databases: TestDatabases): Promise<string> {
  const events = oddEvents();
  await inTransaction(databases.outbox, (tx) => captureEvents(tx, events));
  // Capture has milliseconds; these events have microseconds.
  await databases.pool.query(
    `UPDATE waybill.event SET event_date_time = event_date_time + interval '789 microseconds'`,
  );
  await databases.service({ partitionQuantity: events.length }).run();
  const [batch] = await readBatches(databases);
  expect(batch).toMatchObject({ status: 'DELIVERED', event_count: events.length });
  return batch?.id ?? '';
}

describe('the hash of a batch', () => {
  it('is the same in both databases for every odd text, NULL and extreme time', async () => {
    const databases = await testDatabases();
    const batchId = await deliverOddEvents(databases);
    const inPostgres = await hashBatches(databases.outbox, [batchId]);
    const inEventLog = await summariseBatches(databases.eventLog, {
      ids: [batchId],
      firstEventTime: new Date(eventLimits.eventDateTimeMin),
      lastEventTime: new Date(eventLimits.eventDateTimeMax),
    });
    const events = oddTexts.length;
    expect(inPostgres.get(batchId)?.contentHash).toMatch(/^\d{15,20}$/);
    expect(inEventLog.get(batchId)).toEqual({
      rows: events,
      events,
      contentHash: inPostgres.get(batchId)?.contentHash,
    });
    expect(await compareNow(databases)).toMatchObject({ batchesHashed: 1, differences: [] });
  });

  it('is the same whatever the order of the rows and however many there are', async () => {
    const databases = await testDatabases();
    await deliver(databases, 20_000, 10_000);
    await inClickHouse(databases, 'OPTIMIZE TABLE DB.event_log FINAL');
    expect(await compareNow(databases)).toMatchObject({
      batchesCompared: 2,
      eventsCompared: 20_000,
      batchesHashed: 2,
      differences: [],
      ended: 'complete',
    });
  });

  // Columns of the key cannot be changed in place; the whole row is then written anew.
  it.each([
    ['the context', `event_context = replaceOne(event_context, '-0.5', '-0.6')`],
    ['the environment', `environment = concat(environment, ' ')`],
    ['a subject that becomes empty', `subject = '' WHERE subject IS NULL`],
    ['an empty subject that becomes none', `subject = NULL WHERE subject = ''`],
    ['the version', `metadata_version = metadata_version + 1`],
    ['the trace', `traceparent = NULL`],
    ['a text moved from one column to the next', `environment = concat(environment, ';'), subject = 'x'`],
  ])('finds a change of %s', async (_what, change) => {
    const databases = await testDatabases();
    const batchId = await deliverOddEvents(databases);
    const [assignment = '', condition = '1'] = change.split(' WHERE ');
    await inClickHouse(
      databases,
      `ALTER TABLE DB.event_log UPDATE ${assignment} WHERE ${condition} SETTINGS mutations_sync = 2`,
    );
    expect(inShort(await compareNow(databases))).toEqual([{ kind: 'different', batchId }]);
  });

  it.each([
    ['the id', 'generateUUIDv4() AS event_id'],
    ['the type', `concat(event_type, 'x') AS event_type`],
    ['a microsecond of the time', 'addMicroseconds(event_date_time, 1) AS event_date_time'],
  ])('finds a change of %s', async (_what, replacement) => {
    const databases = await testDatabases();
    const { batchIds } = await deliver(databases, 10, 10);
    const [first] = await queryRows<{ id: string }>(
      databases.eventLog,
      `SELECT toString(event_id) AS id FROM ${quotedTable(databases.eventLog)} ORDER BY event_id LIMIT 1`,
    );
    // The time stays between the first and the last of the batch, where it is looked for.
    await databases.pool.query(
      `UPDATE waybill.batch SET last_event_time = last_event_time + interval '1 second'`,
    );
    await inClickHouse(
      databases,
      `INSERT INTO DB.event_log SELECT * REPLACE (${replacement})
       FROM (SELECT * FROM DB.event_log WHERE event_id = '${first?.id ?? ''}')`,
      `DELETE FROM DB.event_log WHERE event_id = '${first?.id ?? ''}'
       AND event_type = 'seeded' AND event_date_time = (SELECT min(event_date_time) FROM DB.event_log)`,
    );
    expect(inShort(await compareNow(databases))).toEqual([{ kind: 'different', batchId: batchIds[0] }]);
  });
});

describe('reconciling', () => {
  it('names every batch that is missing, short, doubled or different, and no other', async () => {
    const databases = await testDatabases();
    const { batchIds } = await deliver(databases, 600, 100);
    const [missing = '', short = '', doubled = '', different = ''] = batchIds;
    await inClickHouse(
      databases,
      `DELETE FROM DB.event_log WHERE batch_id = '${missing}'`,
      `DELETE FROM DB.event_log WHERE event_id = (SELECT min(event_id) FROM DB.event_log WHERE batch_id = '${short}')`,
      `INSERT INTO DB.event_log SELECT * FROM DB.event_log WHERE batch_id = '${doubled}' LIMIT 7`,
      `ALTER TABLE DB.event_log UPDATE environment = 'other' WHERE batch_id = '${different}'
       AND event_id = (SELECT min(event_id) FROM DB.event_log WHERE batch_id = '${different}')
       SETTINGS mutations_sync = 2`,
    );
    const report = await compareNow(databases);
    expect(report).toMatchObject({ batchesCompared: 6, eventsCompared: 600, batchesHashed: 6 });
    expect(report.differences).toMatchObject([
      {
        kind: 'missing',
        batchId: missing,
        eventCount: 100,
        rows: 0,
        events: 0,
        repair: { state: 'not_asked' },
      },
      { kind: 'short', batchId: short, rows: 99, events: 99 },
      { kind: 'doubled', batchId: doubled, rows: 107, events: 100 },
      { kind: 'different', batchId: different, rows: 100, events: 100 },
    ]);
    expect((await readBatches(databases)).every(({ status }) => status === 'DELIVERED')).toBe(true);
  });

  it('still counts batches whose events were cleaned, but compares their content no more', async () => {
    const databases = await testDatabases();
    const { batchIds } = await deliver(databases, 30, 10);
    const [missing = '', short = '', changed = ''] = batchIds;
    await cleanAll(databases);
    await inClickHouse(
      databases,
      `DELETE FROM DB.event_log WHERE batch_id = '${missing}'`,
      `DELETE FROM DB.event_log WHERE event_id = (SELECT min(event_id) FROM DB.event_log WHERE batch_id = '${short}')`,
      `ALTER TABLE DB.event_log UPDATE environment = 'other' WHERE batch_id = '${changed}' SETTINGS mutations_sync = 2`,
    );
    const report = await compareNow(databases);
    expect(report).toMatchObject({ batchesCompared: 3, batchesHashed: 0 });
    expect(inShort(report)).toEqual([
      { kind: 'missing', batchId: missing },
      { kind: 'short', batchId: short },
    ]);
  });

  it('looks at every batch of the window once, over many pages, and at none outside it', async () => {
    const databases = await testDatabases();
    await seedEvents(databases, 450);
    const batchIds = await sealBatches(databases, Array<number>(450).fill(1));
    for (const batchId of batchIds) await setStatus(databases, batchId, 'DELIVERED');
    // Many at the same microsecond, so that a page ends among them.
    await databases.pool.query(`UPDATE waybill.batch SET delivered_at = '2026-03-01 12:00:00.000001+00'`);
    await databases.pool.query(
      `UPDATE waybill.batch SET delivered_at = '2026-03-02T00:00:00Z' WHERE id = ANY ($1)`,
      [batchIds.slice(0, 5)],
    );
    const on = (day: string, next: string): Promise<unknown> =>
      reconcile(databases, { since: new Date(day), until: new Date(next) });
    expect(await on('2026-03-01', '2026-03-02')).toMatchObject({ batchesCompared: 445 });
    expect(await on('2026-03-02', '2026-03-03')).toMatchObject({ batchesCompared: 5 });
    expect(await on('2026-03-03', '2026-03-04')).toMatchObject({ batchesCompared: 0, differences: [] });
    const both = await reconcile(databases, { since: new Date('2026-03-01'), until: new Date('2026-03-03') });
    expect(new Set(inShort(both).map(({ batchId }) => batchId))).toEqual(new Set(batchIds));
    expect(both.differences).toHaveLength(450);
  });

  it('finds rows of batches that were never sent, or are in quarantine, replaced or dropped', async () => {
    const databases = await testDatabases();
    const { batchIds } = await deliver(databases, 10, 10);
    await seedEvents(databases, 4);
    const strays = await sealBatches(databases, [1, 1, 1, 1]);
    const [awaiting = '', quarantined = '', replaced = '', dropped = ''] = strays;
    await setStatus(databases, quarantined, 'QUARANTINED');
    await databases.pool.query(
      `UPDATE waybill.batch SET closed_at = now(), status = CASE id WHEN $1 THEN 'REPLACED' ELSE 'DROPPED' END
       WHERE id IN ($1, $2)`,
      [replaced, dropped],
    );
    await databases.pool.query(
      `UPDATE waybill.batch SET first_event_time = now() - interval '1 hour', last_event_time = now() + interval '1 hour'`,
    );
    expect(await compareNow(databases)).toMatchObject({
      unsentBatchesCompared: 4,
      differences: [],
      notes: [],
    });
    for (const id of strays) {
      await inClickHouse(
        databases,
        `INSERT INTO DB.event_log SELECT * REPLACE ('${id}' AS batch_id)
         FROM (SELECT * FROM DB.event_log WHERE batch_id = '${batchIds[0] ?? ''}' LIMIT 3)`,
      );
    }
    const { differences } = await compareNow(databases);
    expect(differences).toMatchObject([
      { kind: 'stray', batchId: awaiting, status: 'AWAITING_DELIVERY', rows: 3 },
      { kind: 'stray', batchId: quarantined, status: 'QUARANTINED', rows: 3 },
      { kind: 'stray', batchId: replaced, status: 'REPLACED', rows: 3 },
      { kind: 'stray', batchId: dropped, status: 'DROPPED', rows: 3 },
    ]);
  });

  it('does not take for stray what the next batch deletes anyway, nor what an attempt may have stored', async () => {
    const databases = await testDatabases();
    const { batchIds } = await deliver(databases, 20, 10);
    const [replaced = '', attempted = ''] = batchIds;
    await databases.pool.query(
      `WITH parent AS (
         UPDATE waybill.batch SET status = 'REPLACED', closed_at = now(), delivered_at = NULL WHERE id = $1 RETURNING *
       )
       INSERT INTO waybill.batch
         (event_ids, event_count, first_event_time, last_event_time, oldest_captured_at, parent_id, purge_parent)
       SELECT event_ids, event_count, first_event_time, last_event_time, oldest_captured_at, id, true FROM parent`,
      [replaced],
    );
    await setStatus(databases, attempted, 'AWAITING_DELIVERY');
    const report = await compareNow(databases);
    expect(report.differences).toEqual([]);
    expect(report.notes).toEqual([
      expect.stringContaining('Rows of one batch that was replaced are still in ClickHouse') as unknown,
    ]);
  });

  it('takes two events to which the application gave one id for two events', async () => {
    const databases = await testDatabases();
    await seedEvents(databases, 10);
    await databases.pool.query(
      'UPDATE waybill.event SET event_id = (SELECT event_id FROM waybill.event WHERE id = 1) WHERE id = 2',
    );
    await databases.service({ partitionQuantity: 10 }).run();
    expect(await compareNow(databases)).toMatchObject({ batchesHashed: 1, differences: [] });
    await cleanAll(databases);
    expect(await compareNow(databases)).toMatchObject({ batchesHashed: 0, differences: [] });
  });

  it('leaves a batch alone that is replaced while it is compared', async () => {
    const databases = await testDatabases();
    const { batchIds } = await deliver(databases, 20, 10);
    const [batchId = ''] = batchIds;
    await inClickHouse(databases, `DELETE FROM DB.event_log WHERE batch_id = '${batchId}'`);
    let isRepaired = false;
    const outbox: Outbox = {
      ...databases.outbox,
      query: async <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => {
        const result = await databases.outbox.query<Row>(text, values);
        if (text.includes('sha256') && !isRepaired) {
          isRepaired = true;
          const repair = { batchId, status: 'DELIVERED', performedBy: 'ben', details: {} } as const;
          expect(await repairBatch(databases.outbox, repair)).toMatchObject({ repaired: true });
        }
        return result;
      },
    };
    expect(await compareNow({ ...databases, outbox })).toMatchObject({
      batchesCompared: 2,
      batchesLeftAlone: 1,
      differences: [],
    });
  });

  it('notes batches of ClickHouse that Postgres does not know, and leaves them alone', async () => {
    const databases = await testDatabases();
    await deliver(databases, 10, 10);
    await inClickHouse(
      databases,
      'INSERT INTO DB.event_log SELECT * REPLACE (generateUUIDv4() AS batch_id) FROM DB.event_log LIMIT 2',
    );
    const report = await compareNow(databases);
    expect(report.differences).toEqual([]);
    expect(report.notes).toEqual([
      expect.stringContaining('of 2 batches that Postgres does not know') as unknown,
    ]);
  });
});
