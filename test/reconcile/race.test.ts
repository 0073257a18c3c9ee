import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { deleteDeliveredEvents } from '../../src/outbox/deleteDeliveredEvents.js';
import { dropDeliveredPartitions } from '../../src/outbox/dropDeliveredPartitions.js';
import { repairBatch, type Repair, type RepairResult } from '../../src/outbox/repairBatch.js';
import { end, outboxIds, partitionSize, range, sealBatches, setStatus } from '../support/cleaning.js';
import type { TestDatabases } from '../support/databases.js';
import { expectExactlyOnce, readBatches, seedEvents, testDatabases } from '../support/outbox.js';
import { waitUntil } from '../support/waitUntil.js';

/** Events 1 to 250, of which 1 to 100 are a batch that Postgres takes for delivered. ClickHouse holds none of it. */
async function oneDelivered(): Promise<{ databases: TestDatabases; committed: string[]; batchId: string }> {
  const databases = await testDatabases({ eventPartitionSize: partitionSize });
  const committed = await seedEvents(databases, 250);
  const [batchId = '', ...others] = await sealBatches(databases, [99, 101, 50]);
  await setStatus(databases, batchId, 'DELIVERED');
  expect(others).toHaveLength(2);
  return { databases, committed, batchId };
}

function repair({ outbox }: TestDatabases, batchId: string): Promise<RepairResult> {
  const asked: Repair = { batchId, status: 'DELIVERED', performedBy: 'anna', details: {} };
  return repairBatch(outbox, asked);
}

/** Resolves once a statement that begins so waits for a lock. */
function waitsForLock({ pool }: TestDatabases, statement: string): Promise<void> {
  return waitUntil(`${statement} waits for a lock`, async () => {
    const { rowCount } = await pool.query(
      `SELECT FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock' AND ltrim(query, E' \\n') LIKE $1 || '%'`,
      [statement],
    );
    return (rowCount ?? 0) > 0;
  });
}

/** Runs `meanwhile` when a repair has looked at the events and has not yet replaced the batch. */
async function whileRepairing(
  databases: TestDatabases,
  batchId: string,
  meanwhile: () => Promise<unknown>,
): Promise<RepairResult> {
  const blocker = await databases.pool.connect();
  await blocker.query('BEGIN');
  await blocker.query('LOCK TABLE waybill.operator_action IN ACCESS EXCLUSIVE MODE');
  const repairing = repair(databases, batchId);
  await waitsForLock(databases, 'WITH found');
  await meanwhile();
  await end(blocker, 'COMMIT');
  return repairing;
}

/** The batch that replaces the repaired one can be sent, and all its events are there. */
async function expectNothingLost(databases: TestDatabases, committed: readonly string[]): Promise<void> {
  expect(await outboxIds(databases)).toEqual(range(1, 250));
  expect(await databases.service({ partitionQuantity: 1_000 }).run()).toMatchObject({ batchesDelivered: 3 });
  await expectExactlyOnce(databases, committed);
}

describe('a repair and a cleaning of the same batch', () => {
  it('take turns: events are not deleted once the repair has seen them', async () => {
    const { databases, committed, batchId } = await oneDelivered();
    let cleaning: Promise<unknown> = Promise.resolve();
    const result = await whileRepairing(databases, batchId, async () => {
      cleaning = deleteDeliveredEvents(databases.outbox);
      await waitsForLock(databases, 'DELETE FROM');
    });
    expect(result).toMatchObject({ repaired: true });
    expect(await cleaning).toMatchObject({ events: 0 });
    await expectNothingLost(databases, committed);
  });

  it('take turns: a partition that was found delivered is not emptied once the repair has seen its events', async () => {
    const { databases, committed, batchId } = await oneDelivered();
    let cleaning: Promise<unknown> = Promise.resolve();
    const result = await whileRepairing(databases, batchId, async () => {
      cleaning = dropDeliveredPartitions(databases.outbox);
      await waitsForLock(databases, 'LOCK TABLE'); // for 40 ms, and then it tries again
    });
    expect(result).toMatchObject({ repaired: true });
    expect(await cleaning).toEqual({ dropped: [], emptied: [], locked: [] });
    await expectNothingLost(databases, committed);
  });

  it('take turns the other way round: a repair that comes while events are deleted does nothing', async () => {
    const { databases, batchId } = await oneDelivered();
    const cleaner = await databases.pool.connect();
    await cleaner.query('BEGIN');
    await cleaner.query(
      `DELETE FROM waybill.event WHERE id < 100
       AND EXISTS (SELECT FROM waybill.batch WHERE batch.id = $1 AND batch.status = 'DELIVERED' FOR SHARE)`,
      [batchId],
    );
    const repairing = repair(databases, batchId);
    await waitsForLock(databases, 'SELECT status');
    await end(cleaner, 'COMMIT');
    expect(await repairing).toEqual({ repaired: false, because: 'events_gone' });
    expect((await readBatches(databases))[0]).toMatchObject({ status: 'DELIVERED' });
  });

  it('take turns the other way round: a repair that comes while a partition is emptied does nothing', async () => {
    const { databases, batchId } = await oneDelivered();
    const { cleaner, repairing } = await repairBehindPartitionLock(databases, batchId);
    await cleaner.query('TRUNCATE waybill.event_from_0');
    await end(cleaner, 'COMMIT');
    expect(await repairing).toEqual({ repaired: false, because: 'events_gone' });
    expect((await readBatches(databases))[0]).toMatchObject({ status: 'DELIVERED' });
  });

  it('do not wait for each other for ever: a partition cannot be dropped while a repair waits for it', async () => {
    const { databases, committed, batchId } = await oneDelivered();
    const { cleaner, repairing } = await repairBehindPartitionLock(databases, batchId);
    await cleaner.query('SET LOCAL lock_timeout = 40');
    await expect(cleaner.query('DROP TABLE waybill.event_from_0')).rejects.toMatchObject({ code: '55P03' });
    await end(cleaner, 'ROLLBACK');
    expect(await repairing).toMatchObject({ repaired: true });
    await expectNothingLost(databases, committed);
  });
});

/** A repair that waits for a partition which a cleaning has locked. */
async function repairBehindPartitionLock(
  databases: TestDatabases,
  batchId: string,
): Promise<{ cleaner: pg.PoolClient; repairing: Promise<RepairResult> }> {
  const cleaner = await databases.pool.connect();
  await cleaner.query('BEGIN');
  await cleaner.query('LOCK TABLE waybill.event_from_0 IN ACCESS EXCLUSIVE MODE');
  const repairing = repair(databases, batchId);
  await waitsForLock(databases, 'SELECT count(*) AS events');
  return { cleaner, repairing };
}
