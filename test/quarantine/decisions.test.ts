import { beforeEach, describe, expect, it } from 'vitest';
import { countQuarantined } from '../../src/outbox/countQuarantined.js';
import { dropQuarantined } from '../../src/outbox/dropQuarantined.js';
import { readActionPage } from '../../src/outbox/readActionPage.js';
import type { QuarantineFilter } from '../../src/outbox/quarantineFilter.js';
import { readQuarantinePage } from '../../src/outbox/readQuarantinePage.js';
import { releaseQuarantined } from '../../src/outbox/releaseQuarantined.js';
import { clean, outboxIds, sealBatches, setStatus } from '../support/cleaning.js';
import { inClickHouse } from '../support/clickhouse.js';
import type { TestDatabases } from '../support/databases.js';
import { arrivals, expectExactlyOnce, readBatches, seedEvents, testDatabases } from '../support/outbox.js';

const anna = { performedBy: 'anna', reason: 'the column is wider now' };

let databases: TestDatabases;
let committed: string[];
let quarantined: string[];

/** Ten events were sent, of which ClickHouse refused the third and the eighth. */
beforeEach(async () => {
  databases = await testDatabases();
  await inClickHouse(
    databases,
    `ALTER TABLE DB.event_log ADD CONSTRAINT no_bad CHECK event_type NOT LIKE 'bad%'`,
  );
  committed = await seedEvents(databases, 10);
  quarantined = committed.filter((_, at) => at === 2 || at === 7);
  for (const [at, id] of quarantined.entries())
    await databases.pool.query(
      `UPDATE waybill.event SET event_type = $2, subject = 'order:1' WHERE event_id = $1`,
      [id, at === 0 ? 'bad_order' : 'bad_payment'],
    );
  await databases.service({ partitionQuantity: 10 }).run();
  expect(await arrivals(databases, committed)).toEqual({ lost: 2, doubled: 0, phantom: 0 });
});

async function quarantinedIds(): Promise<(string | null)[]> {
  return (await readQuarantinePage(databases.outbox, { limit: 100 })).map(({ eventId }) => eventId);
}

async function mendTable(): Promise<void> {
  await inClickHouse(databases, 'ALTER TABLE DB.event_log DROP CONSTRAINT no_bad');
}

describe('quarantined events', () => {
  it('are read with all that the event holds and all that ClickHouse said', async () => {
    const [event] = await readQuarantinePage(databases.outbox, { limit: 100 });
    expect(event).toMatchObject({
      eventId: quarantined[0],
      eventType: 'bad_order',
      environment: 'test',
      subject: 'order:1',
      metadataVersion: 1,
      traceparent: null,
      eventContext: '{"number" : 2, "text" : ""}',
      errorCode: '469 VIOLATED_CONSTRAINT',
      errorText: expect.stringContaining('Constraint `no_bad`') as unknown,
      refusedColumn: 'event_type',
    });
    const { capturedAt = '', refusedAt = '' } = event ?? {};
    expect(Date.parse(refusedAt)).toBeGreaterThan(Date.parse(capturedAt));
    expect(event?.attemptCount).toBeGreaterThan(0);
  });

  it('are found by type, by code in each of its spellings, and by id, and limited', async () => {
    const found = async (filter: QuarantineFilter, limit = 10): Promise<unknown[]> =>
      (await readQuarantinePage(databases.outbox, { filter, limit })).map(({ eventId }) => eventId);
    expect(await found({})).toEqual(quarantined);
    expect(await found({}, 1)).toEqual(quarantined.slice(0, 1));
    expect(await found({ eventType: 'bad_payment' })).toEqual(quarantined.slice(1));
    expect(await found({ eventType: 'bad' })).toEqual([]);
    for (const code of ['469', 'VIOLATED_CONSTRAINT', '469 VIOLATED_CONSTRAINT'])
      expect(await found({ code })).toEqual(quarantined);
    for (const code of ['46', 'violated_constraint', '']) expect(await found({ code })).toEqual([]);
    expect(await found({ eventIds: quarantined.slice(1) })).toEqual(quarantined.slice(1));
    expect(await found({ eventIds: [] })).toEqual([]);
    expect(await found({ eventIds: committed.slice(0, 2) })).toEqual([]);
  });

  it('are counted by type and code', async () => {
    expect(await countQuarantined(databases.outbox)).toMatchObject([
      { eventType: 'bad_order', errorCode: '469 VIOLATED_CONSTRAINT', events: 1 },
      { eventType: 'bad_payment', errorCode: '469 VIOLATED_CONSTRAINT', events: 1 },
    ]);
    expect(await countQuarantined(databases.outbox, { eventType: 'bad_order' })).toHaveLength(1);
  });

  it('are still listed when somebody has deleted their rows', async () => {
    await databases.pool.query(`DELETE FROM waybill.event WHERE event_id = $1`, [quarantined[0]]);
    expect(await readQuarantinePage(databases.outbox, { limit: 10 })).toMatchObject([
      { eventId: null, eventType: null, errorCode: '469 VIOLATED_CONSTRAINT' },
      { eventId: quarantined[1] },
    ]);
  });
});

describe('releasing', () => {
  it('has an event sent by the next run, once the table is mended', async () => {
    await mendTable();
    expect(await releaseQuarantined(databases.outbox, { eventIds: quarantined.slice(0, 1) }, anna)).toEqual([
      quarantined[0],
    ]);
    expect(await quarantinedIds()).toEqual([quarantined[1]]);
    await databases.service().run();
    expect(await arrivals(databases, committed)).toEqual({ lost: 1, doubled: 0, phantom: 0 });

    expect(await releaseQuarantined(databases.outbox, {}, anna)).toEqual([quarantined[1]]);
    await databases.service().run();
    await expectExactlyOnce(databases, committed);
  });

  it('keeps the number of attempts, so that the event is looked for before it is sent', async () => {
    const before = (await readBatches(databases)).filter(({ status }) => status === 'QUARANTINED');
    await mendTable();
    // It has arrived all the same, in a way that nobody knows of.
    const [event] = before;
    await inClickHouse(
      databases,
      `INSERT INTO DB.event_log SELECT * REPLACE ('${quarantined[0] ?? ''}' AS event_id, '${event?.id ?? ''}' AS batch_id)
       FROM (SELECT * FROM DB.event_log LIMIT 1)`,
    );
    await databases.pool.query(
      `UPDATE waybill.batch SET first_event_time = now() - interval '1 hour', last_event_time = now() + interval '1 hour'`,
    );
    await releaseQuarantined(databases.outbox, {}, anna);
    const after = (await readBatches(databases)).filter(({ status }) => status === 'AWAITING_DELIVERY');
    expect(after.map(({ attempt_count }) => attempt_count)).toEqual(
      before.map(({ attempt_count }) => attempt_count),
    );
    await databases.service().run();
    await expectExactlyOnce(databases, committed);
  });

  it('puts an event back into quarantine when the table still refuses it', async () => {
    await releaseQuarantined(databases.outbox, {}, anna);
    expect(await quarantinedIds()).toEqual([]);
    expect(await databases.service().run()).toMatchObject({ endedBecause: 'drained', eventsQuarantined: 2 });
    expect(await quarantinedIds()).toEqual(quarantined);
  });
});

describe('dropping', () => {
  it('has an event never delivered, and its row removed by cleaning', async () => {
    expect(await dropQuarantined(databases.outbox, { eventType: 'bad_order' }, anna)).toEqual([
      quarantined[0],
    ]);
    await mendTable();
    await databases.service().run();
    expect(await arrivals(databases, committed)).toEqual({ lost: 2, doubled: 0, phantom: 0 });
    await clean(databases);
    expect(await outboxIds(databases)).toEqual([8]); // the other is still quarantined
    expect(await quarantinedIds()).toEqual([quarantined[1]]);
  });
});

describe('each decision', () => {
  it('is recorded, with who, why, and what the event was', async () => {
    await releaseQuarantined(databases.outbox, { eventType: 'bad_payment' }, anna);
    await dropQuarantined(databases.outbox, {}, { performedBy: 'ben' });
    expect(await readActionPage(databases.outbox, { limit: 10 })).toMatchObject([
      {
        action: 'drop',
        performedBy: 'ben',
        reason: null,
        eventCount: 1,
        details: {
          eventId: quarantined[0],
          eventType: 'bad_order',
          code: '469 VIOLATED_CONSTRAINT',
          column: 'event_type',
        },
      },
      {
        action: 'release',
        performedBy: 'anna',
        reason: 'the column is wider now',
        details: { eventId: quarantined[1], eventType: 'bad_payment' },
      },
    ]);
    expect(await readActionPage(databases.outbox, { limit: 1 })).toHaveLength(1);
  });

  it('is taken once, however many take it at the same time', async () => {
    await seedEvents(databases, 200);
    for (const id of await sealBatches(databases, Array<number>(200).fill(1)))
      await setStatus(databases, id, 'QUARANTINED');
    const decisions = [releaseQuarantined, dropQuarantined, releaseQuarantined, dropQuarantined];
    const decided = await Promise.all(decisions.map((decide) => decide(databases.outbox, {}, anna)));
    expect(decided.flat()).toHaveLength(202);
    expect(new Set(decided.flat()).size).toBe(202);
    expect(await readActionPage(databases.outbox, { limit: 1_000 })).toHaveLength(202);
  });

  it('concerns quarantined events only', async () => {
    const before = await readBatches(databases);
    expect(await dropQuarantined(databases.outbox, { eventIds: committed.slice(0, 2) }, anna)).toEqual([]);
    expect(await releaseQuarantined(databases.outbox, { eventIds: committed.slice(0, 2) }, anna)).toEqual([]);
    expect(await readBatches(databases)).toEqual(before);
    expect(await readActionPage(databases.outbox, { limit: 10 })).toEqual([]);
  });
});
