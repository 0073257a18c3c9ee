import { describe, expect, it } from 'vitest';
import { copyBatch } from '../../src/eventlog/copyBatch.js';
import { readQuarantinePage } from '../../src/outbox/readQuarantinePage.js';
import { releaseQuarantined } from '../../src/outbox/releaseQuarantined.js';
import { replaceByCopy } from '../../src/outbox/replaceByCopy.js';
import { copyIdOf } from '../../src/reconcile/copyDoubled.js';
import { inClickHouse, numberFromClickHouse } from '../support/clickhouse.js';
import { sealBatches, setStatus } from '../support/cleaning.js';
import type { TestDatabases } from '../support/databases.js';
import { arrivals, expectExactlyOnce, readBatches, seedEvents, testDatabases } from '../support/outbox.js';
import { cleanAll, compareNow, deliver, inShort, readActions, repairNow } from './reconciling.js';

/** Ways in which what ClickHouse holds of a batch can go wrong. */
const damages = {
  missing: (batchId: string) => `DELETE FROM DB.event_log WHERE batch_id = '${batchId}'`,
  short: (batchId: string) =>
    `DELETE FROM DB.event_log WHERE batch_id = '${batchId}' AND event_context LIKE '%"number" : 1%'`,
  doubled: (batchId: string) =>
    `INSERT INTO DB.event_log SELECT * FROM DB.event_log WHERE batch_id = '${batchId}' LIMIT 7`,
  different: (batchId: string) =>
    `ALTER TABLE DB.event_log UPDATE environment = 'other' WHERE batch_id = '${batchId}' SETTINGS mutations_sync = 2`,
} as const;

type Damage = keyof typeof damages;

describe('a repair while the outbox still has the events', () => {
  it.each<Damage>(['missing', 'short', 'doubled', 'different'])(
    'has a batch that is %s sent again by the next run, and it is there once then',
    async (kind) => {
      const databases = await testDatabases();
      const { committed, batchIds } = await deliver(databases, 40, 20);
      const [batchId = ''] = batchIds;
      await inClickHouse(databases, damages[kind](batchId));

      const report = await repairNow(databases);
      expect(report.differences).toMatchObject([{ kind, batchId, repair: { state: 'repaired' } }]);
      const [, , child] = await readBatches(databases);
      expect(report.differences[0]?.repair).toMatchObject({ resentAs: child?.id });
      expect(await readBatches(databases)).toMatchObject([
        { id: batchId, status: 'REPLACED' },
        { id: batchIds[1], status: 'DELIVERED' },
        { status: 'AWAITING_DELIVERY', event_count: 20, attempt_count: 0 },
      ]);
      expect(await readActions(databases)).toMatchObject([
        {
          action: 'repair',
          performed_by: 'anna',
          batch_id: batchId,
          event_count: '20',
          reason: 'a test',
          details: { difference: kind, replacedBy: child?.id, deliveredAt: expect.any(String) as unknown },
        },
      ]);

      expect(await databases.service().run()).toMatchObject({ batchesDelivered: 1, attemptsFailed: 0 });
      await expectExactlyOnce(databases, committed);
      expect(await compareNow(databases)).toMatchObject({ differences: [], notes: [] });
    },
  );

  it('can be cut short or run twice: the second finds nothing to do', async () => {
    const databases = await testDatabases();
    const { committed, batchIds } = await deliver(databases, 20, 20);
    await inClickHouse(databases, damages.doubled(batchIds[0] ?? ''));
    await repairNow(databases);
    expect(await repairNow(databases)).toMatchObject({ differences: [] });
    await databases.service().run();
    expect(await repairNow(databases)).toMatchObject({ differences: [] });
    await expectExactlyOnce(databases, committed);
    expect(await readActions(databases)).toHaveLength(1);
  });

  it('is done once when two people ask for it at the same time', async () => {
    const databases = await testDatabases();
    const { committed, batchIds } = await deliver(databases, 60, 20);
    for (const batchId of batchIds) await inClickHouse(databases, damages.missing(batchId));
    const reports = await Promise.all([repairNow(databases), repairNow(databases)]);
    const outcomes = reports.flatMap(({ differences }) => differences.map(({ repair }) => repair.state));
    expect(outcomes.filter((state) => state === 'repaired')).toHaveLength(3);
    await databases.service().run();
    await expectExactlyOnce(databases, committed);
  });
});

describe('a repair when the outbox no longer has the events', () => {
  it.each<Damage>(['missing', 'short'])(
    'leaves a batch that is %s alone, and says what to do',
    async (kind) => {
      const databases = await testDatabases();
      const { batchIds } = await deliver(databases, 40, 20);
      const [batchId = ''] = batchIds;
      await cleanAll(databases);
      await inClickHouse(databases, damages[kind](batchId));
      expect((await repairNow(databases)).differences).toMatchObject([
        {
          kind,
          batchId,
          inOutbox: false,
          repair: { state: 'not_repairable', text: expect.stringContaining('from a backup') as unknown },
        },
      ]);
      expect((await readBatches(databases)).map(({ status }) => status)).toEqual(['DELIVERED', 'DELIVERED']);
      expect(await readActions(databases)).toEqual([]);
    },
  );

  it('keeps one row of each event of a batch that is doubled', async () => {
    const databases = await testDatabases();
    const { committed, batchIds } = await deliver(databases, 40, 20);
    const [batchId = ''] = batchIds;
    await cleanAll(databases);
    await inClickHouse(databases, damages.doubled(batchId));
    expect(await arrivals(databases, committed)).toEqual({ lost: 0, doubled: 7, phantom: 0 });

    expect((await repairNow(databases)).differences).toMatchObject([
      { kind: 'doubled', batchId, repair: { state: 'repaired', resentAs: undefined } },
    ]);
    await expectCopied(databases, committed, batchId);
    expect(await readActions(databases)).toMatchObject([
      {
        action: 'repair',
        batch_id: batchId,
        details: { difference: 'doubled', replacedBy: copyIdOf(batchId) },
      },
    ]);
  });

  it('does not choose between doubled rows that differ', async () => {
    const databases = await testDatabases();
    const { batchIds } = await deliver(databases, 20, 20);
    await cleanAll(databases);
    await inClickHouse(
      databases,
      `INSERT INTO DB.event_log SELECT * REPLACE ('other' AS environment) FROM DB.event_log LIMIT 3`,
    );
    expect((await repairNow(databases)).differences).toMatchObject([
      { kind: 'doubled', batchId: batchIds[0], repair: { state: 'not_repairable' } },
    ]);
    expect(await numberFromClickHouse(databases, 'SELECT count() AS number FROM DB.event_log')).toBe(23);
  });

  it.each([
    [
      'while it copied',
      (databases: TestDatabases, batchId: string) =>
        inClickHouse(
          databases,
          `INSERT INTO DB.event_log SELECT * REPLACE ('${copyIdOf(batchId)}' AS batch_id)
           FROM (SELECT * FROM DB.event_log WHERE batch_id = '${batchId}' LIMIT 1 BY event_id) LIMIT 5`,
        ),
    ],
    ['before Postgres had it', copyOnly],
    [
      'before it deleted the old rows',
      (databases: TestDatabases, batchId: string) =>
        replaceByCopy(
          databases.outbox,
          { batchId, copyId: copyIdOf(batchId), performedBy: 'anna', details: {} },
          () => copyOnly(databases, batchId),
        ),
    ],
  ])('completes a repair of a doubled batch that died %s', async (_when, begin) => {
    const databases = await testDatabases();
    const { committed, batchIds } = await deliver(databases, 40, 20);
    const [batchId = ''] = batchIds;
    await cleanAll(databases);
    await inClickHouse(databases, damages.doubled(batchId));
    await begin(databases, batchId);

    await repairNow(databases);
    await expectCopied(databases, committed, batchId);
  });
});

async function copyOnly(databases: TestDatabases, batchId: string): Promise<void> {
  const { rows } = await databases.pool.query<{ first_event_time: Date; last_event_time: Date }>(
    'SELECT first_event_time, last_event_time FROM waybill.batch WHERE id = $1',
    [batchId],
  );
  const [batch] = rows;
  if (batch === undefined) throw new Error('There is no such batch.');
  const { first_event_time: firstEventTime, last_event_time: lastEventTime } = batch;
  await copyBatch(databases.eventLog, { id: batchId, firstEventTime, lastEventTime }, copyIdOf(batchId));
}

/** The copy has taken the batch's place, and every event is there once. */
async function expectCopied(databases: TestDatabases, committed: string[], batchId: string): Promise<void> {
  await expectExactlyOnce(databases, committed);
  const batches = await readBatches(databases);
  expect(batches.find(({ id }) => id === batchId)).toMatchObject({ status: 'REPLACED' });
  expect(batches.find(({ id }) => id === copyIdOf(batchId))).toMatchObject({
    status: 'DELIVERED',
    event_count: 20,
    cleaned_at: expect.any(Date) as unknown,
  });
  expect(await compareNow(databases)).toMatchObject({ differences: [], notes: [] });
}

/** Stores rows under a batch's id that should not be there: those of another. */
function stray(batchId: string, from: string): string {
  return `INSERT INTO DB.event_log SELECT * REPLACE ('${batchId}' AS batch_id)
          FROM (SELECT * FROM DB.event_log WHERE batch_id = '${from}' LIMIT 3)`;
}

/** Makes batches cover the times of each other's events. */
async function widenTimes({ pool }: TestDatabases): Promise<void> {
  await pool.query(
    `UPDATE waybill.batch SET first_event_time = now() - interval '1 hour', last_event_time = now() + interval '1 hour'`,
  );
}

describe('a repair of rows that should not be there', () => {
  it('deletes those of a replaced batch and leaves those of its children', async () => {
    const databases = await testDatabases();
    const { committed, batchIds } = await deliver(databases, 20, 20);
    const [batchId = ''] = batchIds;
    await inClickHouse(databases, damages.short(batchId));
    await repairNow(databases);
    await databases.service().run();
    await inClickHouse(databases, stray(batchId, (await readBatches(databases))[1]?.id ?? ''));
    expect(await arrivals(databases, committed)).toEqual({ lost: 0, doubled: 3, phantom: 0 });

    const { differences } = await repairNow(databases);
    expect(differences).toMatchObject([
      { kind: 'stray', batchId, status: 'REPLACED', rows: 3, repair: { state: 'repaired' } },
    ]);
    await expectExactlyOnce(databases, committed);
    expect(await compareNow(databases)).toMatchObject({ differences: [], notes: [] });
    expect((await readActions(databases)).at(-1)).toMatchObject({
      action: 'repair',
      batch_id: batchId,
      details: { difference: 'stray', rows: 3 },
    });
  });

  it('replaces a batch that was never sent, so that the rows are gone before its events are sent', async () => {
    const databases = await testDatabases();
    const { committed, batchIds } = await deliver(databases, 20, 20);
    committed.push(...(await seedEvents(databases, 10)));
    const [awaiting = ''] = await sealBatches(databases, [10]);
    await widenTimes(databases);
    await inClickHouse(databases, stray(awaiting, batchIds[0] ?? ''));
    expect(inShort(await repairNow(databases))).toEqual([{ kind: 'stray', batchId: awaiting }]);
    await databases.service().run();
    await expectExactlyOnce(databases, committed);
  });

  it('deletes those of a quarantined event, which stays quarantined and can be released', async () => {
    const databases = await testDatabases();
    const { committed, batchIds } = await deliver(databases, 20, 20);
    committed.push(...(await seedEvents(databases, 1)));
    const [quarantined = ''] = await sealBatches(databases, [1]);
    await setStatus(databases, quarantined, 'QUARANTINED');
    await databases.pool.query(`UPDATE waybill.batch SET last_error_code = '27 X', refused_column = 'y'`);
    await widenTimes(databases);
    await inClickHouse(databases, stray(quarantined, batchIds[0] ?? ''));

    expect((await repairNow(databases)).differences).toMatchObject([
      { kind: 'stray', batchId: quarantined, repair: { state: 'repaired', resentAs: undefined } },
    ]);
    expect(await arrivals(databases, committed)).toEqual({ lost: 1, doubled: 0, phantom: 0 });
    expect(await readQuarantinePage(databases.outbox, { limit: 10 })).toMatchObject([
      { errorCode: '27 X', refusedColumn: 'y' },
    ]);
    await releaseQuarantined(databases.outbox, {}, { performedBy: 'anna' });
    await databases.service().run();
    await expectExactlyOnce(databases, committed);
  });
});
