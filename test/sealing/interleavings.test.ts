import fc from 'fast-check';
import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sealBatch } from '../support/sealBatch.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { alterSealBatch } from './alteredSealBatch.js';
import { compareSealed, insertEvents, nothingWrong, readBatches, sealTheRest } from './sealing.js';

const connectionCount = 4;
/** Repeats the same interleavings each time; fast-check prints the one that failed, shrunk. */
const seed = 20_260_102;

/** One step of an interleaving. A step that its connection cannot take is left out. */
type Step =
  | { readonly do: 'begin' | 'commit' | 'rollback'; readonly connection: number }
  | { readonly do: 'savepoint' | 'rollbackTo' | 'release'; readonly connection: number }
  | { readonly do: 'insert'; readonly connection: number; readonly count: number }
  | { readonly do: 'seal'; readonly quantity: number; readonly partial: boolean };

const connection = fc.nat({ max: connectionCount - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('begin' as const), connection }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('insert' as const),
      connection,
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('savepoint' as const, 'rollbackTo', 'release'), connection }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('commit' as const, 'rollback'), connection }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('seal' as const),
      quantity: fc.integer({ min: 1, max: 8 }),
      partial: fc.boolean(),
    }),
  },
);
// Of any length up to the longest; by default fast-check would keep to some twenty.
const interleaving = fc.array(step, { minLength: 10, maxLength: 80, size: 'max' });
const numRuns = 100;
/** A failure is told with the smallest example found by then, before the test's own deadline. */
const shrinkingEndsMs = 45_000;

let databases: TestDatabases;
let clients: pg.PoolClient[];
beforeEach(async () => {
  databases = await createDatabases();
  clients = await Promise.all(Array.from({ length: connectionCount }, () => databases.pool.connect()));
});
afterEach(async () => {
  for (const client of clients) client.release(true);
  await databases.drop();
});

/** What the database must hold: the model. */
class Model {
  readonly committed = new Set<string>();
  readonly sealed = new Set<string>();
  /** For each connection with an open transaction, the ids inserted at each level of savepoints. */
  readonly #open = new Map<number, string[][]>();

  depth(connection: number): number {
    return this.#open.get(connection)?.length ?? 0;
  }

  begin(connection: number): void {
    this.#open.set(connection, [[]]);
  }

  insert(connection: number, ids: readonly string[]): void {
    const level = this.#open.get(connection)?.at(-1);
    if (level !== undefined) level.push(...ids);
    else for (const id of ids) this.committed.add(id);
  }

  savepoint(connection: number): void {
    this.#open.get(connection)?.push([]);
  }

  /** The savepoint itself stays. */
  rollbackTo(connection: number): void {
    this.#open.get(connection)?.pop();
    this.savepoint(connection);
  }

  release(connection: number): void {
    const level = this.#open.get(connection)?.pop() ?? [];
    this.insert(connection, level);
  }

  commit(connection: number): void {
    for (const id of this.#open.get(connection)?.flat() ?? []) this.committed.add(id);
    this.#open.delete(connection);
  }

  rollback(connection: number): void {
    this.#open.delete(connection);
  }

  /** Committed ids that no batch owns, lowest first. */
  waiting(): string[] {
    return [...this.committed]
      .filter((id) => !this.sealed.has(id))
      .sort((left, right) => Number(left) - Number(right));
  }
}

type SealStep = Extract<Step, { do: 'seal' }>;
type Sealing = (step: SealStep, model: Model) => Promise<void>;

async function take(step: Step, model: Model, sealing: Sealing): Promise<void> {
  if (step.do === 'seal') {
    await sealing(step, model);
    return;
  }
  const client = clients[step.connection];
  if (client === undefined) throw new Error(`There is no connection ${String(step.connection)}.`);
  const depth = model.depth(step.connection);
  switch (step.do) {
    case 'begin':
      if (depth > 0) return;
      await client.query('BEGIN');
      break;
    case 'insert':
      model.insert(step.connection, await insertEvents(client, step.count));
      return;
    case 'savepoint':
      if (depth === 0) return;
      await client.query(`SAVEPOINT level_${String(depth)}`);
      break;
    case 'rollbackTo':
    case 'release': {
      if (depth < 2) return;
      const name = `level_${String(depth - 1)}`;
      await client.query(step.do === 'release' ? `RELEASE ${name}` : `ROLLBACK TO ${name}`);
      break;
    }
    case 'commit':
    case 'rollback':
      if (depth === 0) return;
      await client.query(step.do === 'commit' ? 'COMMIT' : 'ROLLBACK');
      break;
  }
  model[step.do](step.connection);
}

/** Seals, and holds the new batch against the model: the lowest waiting ids, all committed, none sealed before. */
const sealAsModelled: Sealing = async ({ quantity, partial }, model) => {
  const expected = model.waiting().slice(0, quantity);
  const result = await sealBatch(databases.outbox, quantity, partial);
  const isDue = expected.length === quantity || (partial && expected.length > 0);
  if (!result.sealed) {
    expect({ isDue, waiting: result.waitingCount }).toEqual({ isDue: false, waiting: expected.length });
    return;
  }
  const [batch] = await readBatches(databases.outbox, result.batchId);
  expect(batch).toEqual({ id: result.batchId, eventCount: expected.length, eventIds: expected });
  expect(isDue).toBe(true);
  for (const id of expected) model.sealed.add(id);
};

const sealUnchecked: Sealing = async ({ quantity, partial }) => {
  await sealBatch(databases.outbox, quantity, partial);
};

async function reset(): Promise<void> {
  for (const client of clients) await client.query('ROLLBACK'); // left open by an interleaving that failed
  await databases.pool.query(
    `DELETE FROM waybill.event;
     SELECT setval(pg_get_serial_sequence('waybill.event', 'id'), 1, false);
     DELETE FROM waybill.batch;
     DELETE FROM waybill.seal_cursor;
     INSERT INTO waybill.seal_cursor (sealed_below, sealed_above) VALUES (1, '{}')`,
  );
}

async function run(steps: readonly Step[], sealing: Sealing): Promise<Model> {
  await reset();
  const model = new Model();
  for (const step of steps) await take(step, model, sealing);
  for (let connection = 0; connection < connectionCount; connection += 1) {
    // The first half commits, so that late commits are part of every interleaving.
    await take({ do: connection < connectionCount / 2 ? 'commit' : 'rollback', connection }, model, sealing);
  }
  await sealTheRest(databases.outbox);
  return model;
}

/** The property itself did not hold, as opposed to an error on the way. */
const lossFound = { failed: true, errorInstance: { message: 'Property failed by returning false' } };

/** Finds an interleaving after which events are in no batch. */
async function findLoss(): Promise<fc.RunDetails<[Step[]]>> {
  const losesNothing = fc.asyncProperty(interleaving, async (steps) => {
    await run(steps, sealUnchecked);
    return (await compareSealed(databases.outbox)).lost.length === 0;
  });
  return fc.check(losesNothing, { seed, numRuns, endOnFailure: true });
}

describe('any interleaving of transactions, savepoints and sealing', () => {
  it('seals just what was committed, once, lowest ids first', async () => {
    const sealsAsModelled = fc.asyncProperty(interleaving, async (steps) => {
      const model = await run(steps, sealAsModelled);
      expect(await compareSealed(databases.outbox)).toEqual(nothingWrong);
      const sealedIds = (await readBatches(databases.outbox)).flatMap((batch) => batch.eventIds);
      expect(new Set(sealedIds)).toEqual(model.committed);
    });
    await fc.assert(sealsAsModelled, { seed, numRuns, interruptAfterTimeLimit: shrinkingEndsMs });
  });

  it('is found to lose events when holes close at once', async () => {
    await alterSealBatch(databases.outbox, 'holesCloseAtOnce');
    expect(await findLoss()).toMatchObject(lossFound);
  });

  it('is found to lose events when sealing is a plain cursor on ids', async () => {
    await alterSealBatch(databases.outbox, 'plainCursor');
    expect(await findLoss()).toMatchObject(lossFound);
  });

  it('is found to lose events when holes close although committed events wait in them', async () => {
    await alterSealBatch(databases.outbox, 'holesCloseWithEventsInThem');
    expect(await findLoss()).toMatchObject(lossFound);
  });
});
