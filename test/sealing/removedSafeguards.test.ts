import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sealBatch } from '../support/sealBatch.js';
import { createDatabases, type Comparison, type TestDatabases } from '../support/databases.js';
import { waitUntil } from '../support/waitUntil.js';
import { alterSealBatch, pauseLock, type Alteration } from './alteredSealBatch.js';
import { compareSealed, insertEvents, nothingWrong, readCursor, sealTheRest } from './sealing.js';

/** Holds an INSERT up after it has drawn its id and before it writes its row. */
const statementLock = 4_712;

let databases: TestDatabases;
let writer: pg.PoolClient;
beforeEach(async () => {
  databases = await createDatabases();
  writer = await databases.pool.connect();
});
afterEach(async () => {
  writer.release(true);
  await databases.drop();
});

/** What a scenario found, and the id of the event that it put at risk. */
interface Outcome {
  readonly comparison: Comparison;
  readonly lateId: string;
}

/** An id is drawn, a later one commits and is sealed, sealing looks again, and only then the first one commits. */
async function commitAfterALaterOne(): Promise<Outcome> {
  await writer.query('BEGIN');
  const [lateId = ''] = await insertEvents(writer, 1);
  await insertEvents(databases.pool, 1);
  for (let call = 0; call < 3; call += 1) await sealBatch(databases.outbox, 10, true);
  await writer.query('COMMIT');
  await sealTheRest(databases.outbox);
  return { comparison: await compareSealed(databases.outbox), lateId };
}

/** The first one commits while seal_batch stands between its two rules. */
async function commitBetweenTheRules(): Promise<Outcome> {
  await writer.query('BEGIN');
  const [lateId = ''] = await insertEvents(writer, 1);
  await insertEvents(databases.pool, 1);
  await sealBatch(databases.outbox, 10, true);

  const gate = await databases.pool.connect();
  await gate.query('SELECT pg_advisory_lock($1)', [pauseLock]);
  const sealing = sealBatch(databases.outbox, 10, true);
  await waitUntilBlockedAt(pauseLock);
  await writer.query('COMMIT');
  await gate.query('SELECT pg_advisory_unlock($1)', [pauseLock]);
  gate.release();
  await sealing;
  await sealTheRest(databases.outbox);
  return { comparison: await compareSealed(databases.outbox), lateId };
}

/** The first one has drawn its id but has no transaction id yet, since it has not written its row. */
async function drawWithoutTransactionId(): Promise<Outcome> {
  const statement = await startStatementWithoutTransactionId();
  await insertEvents(databases.pool, 1);
  for (let call = 0; call < 3; call += 1) await sealBatch(databases.outbox, 10, true);
  const lateId = await statement.end();
  await sealTheRest(databases.outbox);
  return { comparison: await compareSealed(databases.outbox), lateId };
}

interface OpenStatement {
  /** Lets the statement write its row and commit; returns the row's id. */
  end(): Promise<string>;
}

/**
 * Drawing an id takes a transaction id too, where the sequence has to be logged: at its first use, for each 32nd value
 * and after a checkpoint, such as another test's DROP DATABASE makes. Then the statement is let go and tried again.
 */
async function startStatementWithoutTransactionId(): Promise<OpenStatement> {
  for (let tries = 1; tries <= 100; tries += 1) {
    const statement = await startStatement();
    const { rowCount } = await databases.pool.query(
      `SELECT FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event = 'advisory' AND backend_xid IS NULL`,
    );
    if (rowCount === 1) return statement;
    await statement.end();
  }
  throw new Error('Each of 100 statements had a transaction id before it wrote its row.');
}

async function startStatement(): Promise<OpenStatement> {
  const gate = await databases.pool.connect();
  await gate.query('SELECT pg_advisory_lock($1)', [statementLock]);
  // Values are computed in the order of the columns: the id first, then the lock is waited for.
  const inserting = writer.query<{ id: string }>(
    `INSERT INTO waybill.event (event_id, event_type, event_date_time, environment, event_context)
     VALUES (gen_random_uuid(), 'late', now(), 'test' || pg_advisory_xact_lock(${String(statementLock)})::text, '{}')
     RETURNING id`,
  );
  await waitUntilBlockedAt(statementLock);
  return {
    async end() {
      await gate.query('SELECT pg_advisory_unlock($1)', [statementLock]);
      gate.release();
      return (await inserting).rows[0]?.id ?? '';
    },
  };
}

async function waitUntilBlockedAt(lock: number): Promise<void> {
  await waitUntil(`a statement waits for advisory lock ${String(lock)}`, async () => {
    const { rowCount } = await databases.pool.query(
      `SELECT FROM pg_locks
       WHERE locktype = 'advisory' AND objid = $1 AND NOT granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [lock],
    );
    return rowCount === 1;
  });
}

async function outcomeWith(alteration: Alteration, scenario: () => Promise<Outcome>): Promise<Outcome> {
  await alterSealBatch(databases.outbox, alteration);
  return scenario();
}

describe('an event that commits after a later one was sealed', () => {
  it('is sealed', async () => {
    expect((await commitAfterALaterOne()).comparison).toEqual(nothingWrong);
  });

  it('is lost without rule 1, when holes close at once', async () => {
    const { comparison, lateId } = await outcomeWith('holesCloseAtOnce', commitAfterALaterOne);
    expect(comparison).toEqual({ ...nothingWrong, lost: [lateId] });
  });

  it('is lost by a plain cursor on ids', async () => {
    const { comparison, lateId } = await outcomeWith('plainCursor', commitAfterALaterOne);
    expect(comparison).toEqual({ ...nothingWrong, lost: [lateId] });
  });
});

describe('an event that commits between the two rules of seal_batch', () => {
  it('is sealed', async () => {
    const { comparison } = await outcomeWith('pausedBetweenRules', commitBetweenTheRules);
    expect(comparison).toEqual(nothingWrong);
  });

  it('is lost when the visible rows are read before the owners of holes are looked for', async () => {
    const { comparison, lateId } = await outcomeWith('visibilityReadFirst', commitBetweenTheRules);
    expect(comparison).toEqual({ ...nothingWrong, lost: [lateId] });
  });

  it('is not put at risk by a caller in REPEATABLE READ, which is refused', async () => {
    await writer.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await expect(writer.query('SELECT waybill.seal_batch(10, true)')).rejects.toMatchObject({
      code: '25000',
      message: 'seal_batch needs READ COMMITTED, this transaction is repeatable read',
    });
  });
});

describe('an event whose id is drawn before its transaction has a transaction id', () => {
  it('is sealed', async () => {
    expect((await drawWithoutTransactionId()).comparison).toEqual(nothingWrong);
  });

  it('is lost when owners of holes are told by transaction id', async () => {
    const { comparison, lateId } = await outcomeWith('ownersByTransactionId', drawWithoutTransactionId);
    expect(comparison).toEqual({ ...nothingWrong, lost: [lateId] });
  });
});

describe('a transaction that stays open', () => {
  it('holds back only its own events', async () => {
    await writer.query('BEGIN');
    const [heldId = ''] = await insertEvents(writer, 1);
    await insertEvents(databases.pool, 500);
    await sealTheRest(databases.outbox);
    expect(await compareSealed(databases.outbox)).toEqual(nothingWrong);

    await writer.query('COMMIT');
    expect((await compareSealed(databases.outbox)).lost).toEqual([heldId]);
    await sealTheRest(databases.outbox);
    expect(await compareSealed(databases.outbox)).toEqual(nothingWrong);
  });

  it('does not keep the cursor from moving at once past events before which no id is missing', async () => {
    await insertEvents(databases.pool, 10);
    await writer.query('BEGIN');
    await insertEvents(writer, 1);
    await sealBatch(databases.outbox, 10, false);
    expect(await readCursor(databases.outbox)).toEqual({
      sealed_below: '11',
      sealed_above: '{}',
      hole_limit: null,
      hole_owners: null,
    });
  });

  it('may leave holes for ever once it is rolled back, and sealing closes them', async () => {
    await writer.query('BEGIN');
    await insertEvents(writer, 10);
    await insertEvents(databases.pool, 10);
    await writer.query('ROLLBACK');
    await sealTheRest(databases.outbox);
    expect(await readCursor(databases.outbox)).toMatchObject({ sealed_below: '21', sealed_above: '{}' });
  });
});
