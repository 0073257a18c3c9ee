import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/outbox/attempt.js';
import { claimBatch, type ClaimedBatch } from '../../src/outbox/claimBatch.js';
import { markDelivered } from '../../src/outbox/markDelivered.js';
import { releaseBatch } from '../../src/outbox/releaseBatch.js';
import { renewClaim } from '../../src/outbox/renewClaim.js';
import { sealBatch } from '../support/sealBatch.js';
import type { TestDatabases } from '../support/databases.js';
import { readAttempts, readBatches, seedEvents, testDatabases } from '../support/outbox.js';

const attempt: Attempt = {
  runId: randomUUID(),
  startedAt: new Date(),
  durationMs: 12.5,
  rows: 10,
  bytes: 1_000,
  errorCode: 'TEST',
  errorText: 'made by a test',
};
const release = { outcome: 'unavailable', notBeforeMs: 0 } as const;

let databases: TestDatabases;
/** The claim of worker A, which has expired. */
let late: ClaimedBatch;
/** The claim of worker B on the same batch, raised by one. */
let present: ClaimedBatch;

async function claim(claimedBy: string, leaseMs: number): Promise<ClaimedBatch> {
  const batch = await claimBatch(databases.outbox, { claimedBy, leaseMs });
  if (batch === undefined) throw new Error('There is no batch to claim.');
  return batch;
}

beforeEach(async () => {
  databases = await testDatabases();
  await seedEvents(databases, 10);
  await sealBatch(databases.outbox, 10, false);
  late = await claim('A', 0);
  present = await claim('B', 60_000);
});

describe('a worker whose claim has expired and was taken over', () => {
  it('holds the same batch under an older epoch', () => {
    expect(present).toEqual({ ...late, epoch: late.epoch + 1, attemptCount: late.attemptCount + 1 });
  });

  it.each<[string, (batch: ClaimedBatch) => Promise<boolean>]>([
    ['mark it delivered', (batch) => markDelivered(databases.outbox, batch, attempt)],
    ['release it', (batch) => releaseBatch(databases.outbox, batch, attempt, release)],
    ['renew its claim', (batch) => renewClaim(databases.outbox, batch, 3_600_000)],
  ])('cannot %s: the row stays as the other worker has it', async (_what, write) => {
    const before = await readBatches(databases);
    expect(before).toMatchObject([{ status: 'SENDING', claimed_by: 'B' }]);
    expect(await write(late)).toBe(false);
    expect(await readBatches(databases)).toEqual(before);
    expect(await write(present)).toBe(true); // the fence keeps out the late one only
  });

  it('has its attempt recorded as claim_lost, with its number and what it knew', async () => {
    await markDelivered(databases.outbox, late, attempt);
    await releaseBatch(databases.outbox, late, attempt, release);
    const recorded = {
      batch_id: late.id,
      run_id: attempt.runId,
      number: 1,
      outcome: 'claim_lost',
      rows: '10',
      bytes: '1000',
      error_code: 'TEST',
      error_text: 'made by a test',
    };
    expect(await readAttempts(databases)).toEqual([recorded, recorded]);
  });

  it.each<[string, () => Promise<boolean>]>([
    ['delivered', () => markDelivered(databases.outbox, present, attempt)],
    ['released', () => releaseBatch(databases.outbox, present, attempt, release)],
  ])('still changes nothing when the other worker has %s it', async (_what, finish) => {
    expect(await finish()).toBe(true);
    const before = await readBatches(databases);
    expect(await markDelivered(databases.outbox, late, attempt)).toBe(false);
    expect(await releaseBatch(databases.outbox, late, attempt, release)).toBe(false);
    expect(await renewClaim(databases.outbox, late, 60_000)).toBe(false);
    // Nor does the worker that is done with it.
    expect(await markDelivered(databases.outbox, present, attempt)).toBe(false);
    expect(await releaseBatch(databases.outbox, present, attempt, release)).toBe(false);
    expect(await renewClaim(databases.outbox, present, 60_000)).toBe(false);
    expect(await readBatches(databases)).toEqual(before);
  });

  it('would overwrite the other worker’s state if its write did not name the epoch', async () => {
    // The statement of releaseBatch without `claim_epoch = $2`.
    await databases.pool.query(
      `UPDATE waybill.batch SET status = 'AWAITING_DELIVERY', claimed_by = NULL, claim_expires_at = NULL
       WHERE id = $1 AND status = 'SENDING'`,
      [late.id],
    );
    expect(await readBatches(databases)).toMatchObject([{ status: 'AWAITING_DELIVERY', claimed_by: null }]);
    // Worker B still sends it, and a third one claims it at the same time.
    expect(await claim('C', 60_000)).toMatchObject({ id: present.id });
    expect(await markDelivered(databases.outbox, present, attempt)).toBe(false);
  });
});

describe('claimBatch', () => {
  it('gives each batch to one of twenty callers at a time', async () => {
    await seedEvents(databases, 300);
    for (let sealed = 0; sealed < 30; sealed += 1) await sealBatch(databases.outbox, 10, false);
    const callers = Array.from({ length: 20 }, async (_, caller) => {
      const claimed: string[] = [];
      for (;;) {
        const batch = await claimBatch(databases.outbox, {
          claimedBy: `caller ${String(caller)}`,
          leaseMs: 60_000,
        });
        if (batch === undefined) return claimed;
        claimed.push(batch.id);
      }
    });
    const claimed = (await Promise.all(callers)).flat();
    expect(claimed).toHaveLength(30);
    expect(new Set([...claimed, present.id])).toEqual(
      new Set((await readBatches(databases)).map(({ id }) => id)),
    );
  });

  it('gives one batch to one of twenty callers who ask for it by its id', async () => {
    await releaseBatch(databases.outbox, present, attempt, release);
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, caller) =>
        claimBatch(databases.outbox, {
          claimedBy: `caller ${String(caller)}`,
          leaseMs: 60_000,
          batchId: present.id,
        }),
      ),
    );
    expect(claims.filter((claimed) => claimed !== undefined)).toMatchObject([{ id: present.id, epoch: 3 }]);
  });

  it('takes the oldest batch that is due, and none that is claimed, delivered, quarantined or not due yet', async () => {
    await seedEvents(databases, 30);
    for (let sealed = 0; sealed < 3; sealed += 1) await sealBatch(databases.outbox, 10, false);
    const [, second, third, fourth] = await readBatches(databases);
    await databases.pool.query(
      `UPDATE waybill.batch SET not_before = clock_timestamp() + interval '1 hour' WHERE id = $1`,
      [second?.id],
    );
    await databases.pool.query(`UPDATE waybill.batch SET status = 'QUARANTINED' WHERE id = $1`, [third?.id]);
    expect((await claim('C', 60_000)).id).toBe(fourth?.id);
    expect(await claimBatch(databases.outbox, { claimedBy: 'C', leaseMs: 60_000 })).toBeUndefined();
  });
});
