import type pg from 'pg';
import type { BenchContext } from '../../section.js';
import { commitEvents, fillOutbox, markAllDelivered } from '../../fillOutbox.js';
import { startBenchProcess, type BenchProcess } from '../../processes/benchProcess.js';
import type { DeliveryOrder, DeliveryResult } from '../../processes/waybillDelivery.js';
import { createWaybillOutbox, type WaybillOutbox } from '../../waybillOutbox.js';

/** DELIVERY_CONCURRENCY. Few, so that a slice need not have many batches; what a record costs does not depend on it. */
const deliveryConcurrency = 2;

/**
 * Before each slice a batch for each stream is delivered that is not measured: a session's first statements read the
 * catalogues. One is asked for; the other stream has begun with its own by then.
 */
export const warmBatches = 1;

/** How much of everything. */
export interface GrowthSizes {
  readonly batchSize: number;
  /** Records already in the outbox: none, some, many. */
  readonly some: number;
  readonly many: number;
  /** Batches that one slice delivers. */
  readonly sliceBatches: number;
  readonly slices: number;
  /** Batches that were delivered since the transaction began that stays open. */
  readonly batchesSinceOpen: number;
  readonly states: readonly StateName[];
}

/** One state of the outbox whose cost is measured, in a database of its own. */
export interface GrowthState {
  readonly name: StateName;
  readonly outbox: WaybillOutbox;
  readonly worker: BenchProcess<DeliveryOrder, DeliveryResult>;
  /** Commits what the next slice delivers. */
  commitSlice(): Promise<void>;
  close(): Promise<void>;
}

export const stateNames = [
  'nothing else in the outbox',
  'some delivered',
  'many delivered',
  'some waiting',
  'many waiting',
  'a transaction open',
  'one event a transaction',
  '1 % rolled back',
  '20 % rolled back',
  '20 % rolled back, a transaction open',
] as const;
export type StateName = (typeof stateNames)[number];

/** Makes all states. What a large one needs is filled once and copied. */
export async function makeStates(context: BenchContext, sizes: GrowthSizes): Promise<GrowthState[]> {
  const states: GrowthState[] = [];
  const add = async (name: StateName, copyOf?: GrowthState): Promise<GrowthState> => {
    context.say(`making the state: ${name}`);
    const state = await makeState(context, sizes, name, copyOf);
    states.push(state);
    return state;
  };
  try {
    for (const size of ['some', 'many'] as const) {
      if (!sizes.states.includes(`${size} waiting`)) continue;
      const waiting = await add(`${size} waiting`);
      await add(`${size} delivered`, waiting);
    }
    for (const name of sizes.states) if (!/some|many/.test(name)) await add(name);
    // What filling has left to write is not to be written while a slice is measured.
    await states[0]?.outbox.pool.query('CHECKPOINT');
    return states.sort((one, other) => stateNames.indexOf(one.name) - stateNames.indexOf(other.name));
  } catch (error) {
    await closeStates(states);
    throw error;
  }
}

export async function closeStates(states: readonly GrowthState[]): Promise<void> {
  for (const state of states) await state.close();
}

async function makeState(
  { engines }: BenchContext,
  sizes: GrowthSizes,
  name: StateName,
  copyOf: GrowthState | undefined,
): Promise<GrowthState> {
  const outbox = await createWaybillOutbox(engines, `growth_${String(stateNames.indexOf(name))}`, {
    copyOf: copyOf?.outbox.name,
  });
  const closers = [(): Promise<void> => outbox.drop()];
  const close = async (): Promise<void> => {
    for (const closer of closers.reverse()) await closer();
  };
  try {
    if (name.endsWith('waiting')) await fillOutbox(outbox, name.startsWith('some') ? sizes.some : sizes.many);
    if (name.endsWith('delivered')) await markAllDelivered(outbox, sizes.batchSize);
    await settle(outbox);
    if (name.endsWith('a transaction open')) {
      const client = await openTransaction(outbox);
      closers.push(() => endTransaction(client));
      if (name === 'a transaction open') await deliverManyBatches(outbox, sizes.batchesSinceOpen);
    }
    const worker = await startDelivery(outbox, sizes.batchSize);
    closers.push(() => worker.stop());
    return { name, outbox, worker, commitSlice: () => commitSlice(outbox, name, sizes), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function startDelivery(
  outbox: WaybillOutbox,
  logEventsPartitionQuantity: number,
): Promise<BenchProcess<DeliveryOrder, DeliveryResult>> {
  return startBenchProcess(new URL('../../processes/waybillDelivery.js', import.meta.url), {
    ...outbox.options,
    logEventsPartitionQuantity,
    deliveryConcurrency,
  });
}

/**
 * Does at once what autovacuum would do some time, and keeps it from doing it in the middle of a slice. It would not look
 * at a partition with less than 50 rows.
 */
async function settle(outbox: WaybillOutbox): Promise<void> {
  const { rows } = await outbox.pool.query<{ leaf: string }>(
    `SELECT relid::regclass::text AS leaf FROM pg_partition_tree('waybill.event') WHERE isleaf AND pg_relation_size(relid) > 16384`,
  );
  const tables = [...rows.map(({ leaf }) => leaf), 'waybill.batch', 'waybill.attempt'];
  await outbox.pool.query(`VACUUM (ANALYZE) ${tables.join(', ')}`);
  await outbox.pool.query(`
    DO $do$
    DECLARE leaf regclass;
    BEGIN
      FOR leaf IN SELECT relid FROM pg_partition_tree('waybill.event') WHERE isleaf LOOP
        EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', leaf);
      END LOOP;
    END
    $do$`);
}

/** A transaction that has captured an event and stays open: a hole that does not close. */
async function openTransaction(outbox: WaybillOutbox): Promise<pg.PoolClient> {
  const client = await outbox.pool.connect();
  await client.query('BEGIN');
  await client.query(
    `INSERT INTO waybill.event (event_id, event_type, event_date_time, environment, event_context)
     VALUES (uuidv7(), 'never_committed', now(), 'production', '{}')`,
  );
  return client;
}

async function endTransaction(client: pg.PoolClient): Promise<void> {
  await client.query('ROLLBACK');
  client.release();
}

/** Small batches: it is their number that may cost something, as row versions which the open transaction keeps. */
async function deliverManyBatches(outbox: WaybillOutbox, batches: number): Promise<void> {
  const eventsPerBatch = 10;
  await fillOutbox(outbox, batches * eventsPerBatch);
  const worker = await startDelivery(outbox, eventsPerBatch);
  try {
    await worker.ask({ batches });
  } finally {
    await worker.stop();
  }
}

function commitSlice(outbox: WaybillOutbox, name: StateName, sizes: GrowthSizes): Promise<void> {
  // Batches that are under way when there were enough are finished: a slice may be one larger.
  const records = sizes.batchSize * (warmBatches + sizes.sliceBatches + 1);
  const rolledBackEvery = name.startsWith('20 %') ? 5 : name === '1 % rolled back' ? 100 : undefined;
  if (rolledBackEvery === undefined && name !== 'one event a transaction') return fillOutbox(outbox, records);
  // As many committed as elsewhere.
  const transactions =
    rolledBackEvery === undefined ? records : Math.ceil(records / (1 - 1 / rolledBackEvery));
  return commitEvents(outbox, { transactions, rolledBackEvery });
}
