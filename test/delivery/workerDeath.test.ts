import { describe, expect, inject, it } from 'vitest';
import { queryRows } from '../../src/eventlog/client.js';
import type { TestDatabases } from '../support/databases.js';
import {
  expectExactlyOnce,
  readAttempts,
  readBatches,
  seedEvents,
  testDatabases,
  testProxy,
  type BatchRow,
} from '../support/outbox.js';
import type { InsertFault, PendingFault } from '../support/proxy.js';
import { waitUntil } from '../support/waitUntil.js';
import { startWorker, type Worker } from '../support/worker.js';

/**
 * Long enough that no claim is lost while its worker is only slow; and that ClickHouse, which gives up an insert 30 seconds
 * after its last byte, does so before whoever takes over has waited that long for its end.
 */
const leaseMs = 5_000;

interface WorkerInMidSending {
  readonly databases: TestDatabases;
  readonly committed: readonly string[];
  readonly worker: Worker;
  readonly fault: PendingFault;
  readonly batch: BatchRow;
}

/** A worker process with one batch of 1,000 events, held up at the point that the fault says. */
async function stallWorker(fault: InsertFault, contextBytes: number): Promise<WorkerInMidSending> {
  const proxy = await testProxy(inject('clickhouseUrl'));
  const databases = await testDatabases();
  const committed = await seedEvents(databases, 1_000, { contextBytes });
  const pending = proxy.spoilNextInsert(fault);
  const service = { partitionQuantity: 1_000, claimLeaseMs: leaseMs };
  const worker = startWorker(databases, { clickhouseUrl: proxy.url, service });
  await pending.reached;
  const [batch] = await readBatches(databases);
  if (batch === undefined) throw new Error('The worker has sealed no batch.');
  expect(batch).toMatchObject({ status: 'SENDING', claim_epoch: 1 });
  return { databases, committed, worker, fault: pending, batch };
}

async function waitForExpiry({ databases }: WorkerInMidSending): Promise<void> {
  await waitUntil('the claim has expired', async () => {
    const { rowCount } = await databases.pool.query(
      'SELECT FROM waybill.batch WHERE claim_expires_at <= clock_timestamp()',
    );
    return rowCount === 1;
  });
}

async function waitForInsertsToEnd({ databases, batch }: WorkerInMidSending): Promise<void> {
  await waitUntil('ClickHouse is done with every insert of the batch', async () => {
    const running = await queryRows(
      databases.eventLog,
      'SELECT 1 FROM system.processes WHERE startsWith(query_id, {prefix: String})',
      { prefix: `waybill-${batch.id}` },
    );
    return running.length === 0;
  });
}

async function takeOver(sending: WorkerInMidSending): Promise<void> {
  const { databases, batch } = sending;
  await waitForExpiry(sending);
  const report = await databases.service({ partitionQuantity: 1_000, concurrency: 1 }).run();
  expect(report).toMatchObject({
    endedBecause: 'drained',
    batchesSealed: 0,
    batchesDelivered: 1,
    eventsDelivered: 1_000,
  });
  const [delivered, ...others] = await readBatches(databases);
  expect(others).toEqual([]);
  expect(delivered).toMatchObject({ id: batch.id, status: 'DELIVERED', claim_epoch: 2, attempt_count: 2 });
}

describe('a batch whose worker is killed', () => {
  const small = 800; // the whole body fits the network's buffers: it arrives late, but whole
  const large = 15_000; // 15 MB: what the worker had not sent when it died never arrives
  it.each<[string, InsertFault, number]>([
    ['before the body', { kind: 'stall', afterBodyBytes: 0 }, small],
    ['before the body of a large batch', { kind: 'stall', afterBodyBytes: 0 }, large],
    ['in the middle of the body', { kind: 'stall', afterBodyBytes: 400_000 }, small],
    ['in the middle of the body of a large batch', { kind: 'stall', afterBodyBytes: 3_000_000 }, large],
    ['when ClickHouse has stored it but has not said so', { kind: 'stallAnswer' }, small],
  ])(
    '%s is taken over once the claim expires, and stored exactly once',
    async (_when, fault, contextBytes) => {
      const sending = await stallWorker(fault, contextBytes);
      const { databases, committed } = sending;
      await sending.worker.kill();

      await takeOver(sending);
      await expectExactlyOnce(databases, committed);
      // What the dead worker had already handed to the network arrives now.
      sending.fault.release();
      await waitForInsertsToEnd(sending);
      await expectExactlyOnce(databases, committed);
      expect((await readAttempts(databases)).map(({ number, outcome }) => [number, outcome])).toEqual([
        [2, 'delivered'],
      ]);
    },
  );
});

describe('a worker that is stopped for longer than its lease', () => {
  it.each<[string, InsertFault, number]>([
    ['in the middle of the body', { kind: 'stall', afterBodyBytes: 400_000 }, 800],
    ['in the middle of the body of a large batch', { kind: 'stall', afterBodyBytes: 3_000_000 }, 15_000],
    ['when ClickHouse has stored the batch', { kind: 'stallAnswer' }, 800],
  ])('%s reports claim_lost when it goes on, and changes nothing', async (_when, fault, contextBytes) => {
    const sending = await stallWorker(fault, contextBytes);
    const { databases, committed, worker } = sending;
    worker.signal('SIGSTOP');
    await takeOver(sending);
    const afterTakeOver = await readBatches(databases);

    worker.signal('SIGCONT');
    sending.fault.release();
    const { report } = await worker.result;

    expect(report).toMatchObject({
      endedBecause: 'drained',
      batchesDelivered: 0,
      attemptsSucceeded: 0,
      attemptsFailed: 0,
      claimsLost: 1,
      eventsDelivered: 0,
    });
    expect(await readBatches(databases)).toEqual(afterTakeOver);
    expect((await readAttempts(databases)).map(({ number, outcome }) => [number, outcome])).toEqual([
      [2, 'delivered'],
      [1, 'claim_lost'],
    ]);
    await waitForInsertsToEnd(sending);
    await expectExactlyOnce(databases, committed);
  });
});

describe('a claim', () => {
  it('outlives its lease as long as its worker lives and sends', async () => {
    const sending = await stallWorker({ kind: 'stall', afterBodyBytes: 400_000 }, 800);
    const { databases, committed, worker, batch } = sending;
    await waitUntil('the lease has passed that the claim began with', async () => {
      const { rowCount } = await databases.pool.query('SELECT WHERE clock_timestamp() > $1', [
        batch.claim_expires_at,
      ]);
      return rowCount === 1;
    });
    expect(await databases.service({ partitionQuantity: 1_000 }).run()).toMatchObject({
      batchesDelivered: 0,
    });

    sending.fault.release();
    expect((await worker.result).report).toMatchObject({ batchesDelivered: 1, claimsLost: 0 });
    expect(await readBatches(databases)).toMatchObject([{ status: 'DELIVERED', claim_epoch: 1 }]);
    await expectExactlyOnce(databases, committed);
  });
});
