import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { onlyRow } from '../../src/outbox/database.js';
import { sealBatch } from '../support/sealBatch.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { waitUntil } from '../support/waitUntil.js';
import {
  compareSealed,
  insertEvents,
  nothingWrong,
  readBatches,
  readCursor,
  sealTheRest,
} from './sealing.js';
import { seededRandom, type Random } from './seededRandom.js';

const writerCount = 16;
const sealerCount = 2;
const transactionsPerWriter = 240;
const seed = 20_260_101;

let databases: TestDatabases;
beforeEach(async () => {
  databases = await createDatabases();
});
afterEach(async () => {
  await databases.drop();
});

/** What all writers share. */
interface Workload {
  readonly committedIds: string[];
  /** Transactions that have ended, of all writers. */
  ended: number;
  rolledBack: number;
  writersAtWork: number;
  /** Writers whose transaction stays open until others have ended. */
  writersWaiting: number;
}

/** One transaction: does its work on the client and returns the ids that a commit makes exist. */
type Work = (client: pg.PoolClient, random: Random, workload: Workload) => Promise<string[]>;

const insertOne: Work = (client) => insertEvents(client, 1);

const insertSeveralTimes: Work = async (client, random) => [
  ...(await insertEvents(client, random.integer(1, 20))),
  ...(await insertEvents(client, random.integer(1, 20))),
];

const insertAroundSavepoint: Work = async (client, random) => {
  const before = await insertEvents(client, random.integer(1, 10));
  await client.query('SAVEPOINT inner_part');
  await insertEvents(client, random.integer(1, 10));
  await client.query('ROLLBACK TO SAVEPOINT inner_part');
  return [...before, ...(await insertEvents(client, random.integer(1, 10)))];
};

/** The statement's lock on event is taken long before its first id is drawn, and its ids are drawn far apart. */
const insertSlowly: Work = async (client, random) => {
  const { rows } = await client.query<{ id: string }>(
    `WITH start AS MATERIALIZED (SELECT pg_sleep(0.02))
     INSERT INTO waybill.event (event_id, event_type, event_date_time, environment, event_context)
     SELECT gen_random_uuid(), 'slow', now(), 'test', json_build_object('pause', pg_sleep(0.005)::text)
     FROM start, generate_series(1, $1)
     RETURNING id`,
    [random.integer(2, 8)],
  );
  return rows.map((row) => row.id);
};

/** Stays open while the other writers end so many transactions, unless none of them is left to do so. */
const insertAndStayOpen: Work = async (client, random, workload) => {
  const ids = await insertEvents(client, random.integer(1, 20));
  const until = workload.ended + random.integer(50, 300);
  workload.writersWaiting += 1;
  await waitUntil(
    'the other writers went on',
    () => workload.ended >= until || workload.writersWaiting >= workload.writersAtWork,
  );
  workload.writersWaiting -= 1;
  return ids;
};

/** How often each kind of work comes up, out of 100. */
const shares: readonly (readonly [number, Work])[] = [
  [35, insertOne],
  [40, insertSeveralTimes],
  [18, insertAroundSavepoint],
  [5, insertSlowly],
  [2, insertAndStayOpen],
];

function chooseWork(random: Random): Work {
  let rest = random.integer(0, 99);
  for (const [share, work] of shares) {
    if (rest < share) return work;
    rest -= share;
  }
  return insertOne;
}

async function runWriter(writer: number, workload: Workload): Promise<void> {
  const random = seededRandom(seed + writer);
  const client = await databases.pool.connect();
  try {
    for (let transaction = 0; transaction < transactionsPerWriter; transaction += 1) {
      const commits = random.integer(1, 5) !== 1;
      await client.query('BEGIN');
      const ids = await chooseWork(random)(client, random, workload);
      await client.query(commits ? 'COMMIT' : 'ROLLBACK');
      workload.ended += 1;
      if (commits) workload.committedIds.push(...ids);
      else workload.rolledBack += 1;
    }
  } finally {
    workload.writersAtWork -= 1;
    client.release();
  }
}

async function runSealer(sealer: number, workload: Workload): Promise<number> {
  const random = seededRandom(seed - 1 - sealer);
  let sealed = 0;
  while (workload.writersAtWork > 0) {
    const result = await sealBatch(databases.outbox, random.integer(1, 400), random.integer(1, 4) === 1);
    if (result.sealed) sealed += 1;
  }
  return sealed;
}

describe('seal_batch beside concurrent writers', () => {
  it('gives every committed event to exactly one batch and no other id to any', async () => {
    const workload: Workload = {
      committedIds: [],
      ended: 0,
      rolledBack: 0,
      writersAtWork: writerCount,
      writersWaiting: 0,
    };
    const [sealedWhileWriting] = await Promise.all([
      Promise.all(Array.from({ length: sealerCount }, (_, sealer) => runSealer(sealer, workload))),
      Promise.all(Array.from({ length: writerCount }, (_, writer) => runWriter(writer, workload))),
    ]);
    await sealTheRest(databases.outbox);

    // The workload was what it claims to be.
    expect(workload.committedIds.length).toBeGreaterThan(20_000);
    expect(workload.rolledBack / workload.ended).toBeCloseTo(0.2, 1);
    for (const sealed of sealedWhileWriting) expect(sealed).toBeGreaterThan(20);

    const batches = await readBatches(databases.outbox);
    const sealedIds = batches.flatMap((batch) => batch.eventIds);
    expect(await compareSealed(databases.outbox)).toEqual(nothingWrong);
    expect(new Set(sealedIds)).toEqual(new Set(workload.committedIds));
    expect(sealedIds).toHaveLength(workload.committedIds.length);
    for (const batch of batches) expect(batch.eventIds).toHaveLength(batch.eventCount);

    const { last_id: lastId } = onlyRow(
      await databases.pool.query<{ last_id: string }>('SELECT max(id) AS last_id FROM waybill.event'),
    );
    expect(await readCursor(databases.outbox)).toEqual({
      sealed_below: String(BigInt(lastId) + 1n),
      sealed_above: '{}',
      hole_limit: null,
      hole_owners: null,
    });
  });

  it('lets two sealers that start together take different events', async () => {
    await insertEvents(databases.pool, 2_000);
    const results = await Promise.all(
      Array.from({ length: 20 }, () => sealBatch(databases.outbox, 100, false)),
    );
    expect(results.every((result) => result.sealed && result.eventCount === 100)).toBe(true);
    expect(await compareSealed(databases.outbox)).toEqual(nothingWrong);
  });
});
