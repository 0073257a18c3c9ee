import { setTimeout as pause } from 'node:timers/promises';
import { summariseBatches, type BatchSummary } from '../eventlog/summariseBatches.js';
import { hashBatches, type BatchContent } from '../outbox/hashBatches.js';
import { readBatchStatuses } from '../outbox/readBatchStatuses.js';
import { readDeliveredBatches, type DeliveredBatch, type PageStart } from '../outbox/readDeliveredBatches.js';
import { compareBatch, isWhole } from './compareBatch.js';
import type { Found, ReconcileContext, ReconcileOptions, ReconcileTally } from './context.js';
import { timesOf } from './timesOf.js';

/** Delivered batches read at once. */
const pageBatches = 200;
/** Events that one query hashes. 300,000 took 8 s on two busy cores (load 16); a statement may take 30. A larger batch stands alone. */
const eventsPerQueryMax = 100_000;
/** Looks at what differs before it is believed. */
const looksMax = 3;
/** Between the looks: a replica may lag behind the one that took the insert. */
const lookPauseMs = 250;

/** Finds the delivered batches of which ClickHouse holds something else. */
export async function* compareDelivered(
  { outbox, eventLog }: ReconcileContext,
  options: ReconcileOptions,
  tally: ReconcileTally,
): AsyncGenerator<Found> {
  let start: PageStart | undefined;
  do {
    const page = await readDeliveredBatches(outbox, options, pageBatches, start);
    for (const batches of cutByEvents(page.batches)) {
      if (options.signal?.aborted === true) return;
      yield* compareTogether({ outbox, eventLog }, batches, tally);
      options.onProgress?.(tally.batchesCompared);
    }
    start = page.next;
  } while (start !== undefined);
}

/** Cuts a page into pieces that one query answers in good time. */
function cutByEvents(batches: readonly DeliveredBatch[]): DeliveredBatch[][] {
  const pieces: DeliveredBatch[][] = [];
  let events = 0;
  for (const batch of batches) {
    const last = pieces.at(-1);
    events += batch.eventCount;
    if (last !== undefined && events <= eventsPerQueryMax) {
      last.push(batch);
    } else {
      pieces.push([batch]);
      events = batch.eventCount;
    }
  }
  return pieces;
}

/** What both sides hold of some batches. */
interface BothSides {
  readonly summaries: ReadonlyMap<string, BatchSummary>;
  readonly contents: ReadonlyMap<string, BatchContent>;
}

async function* compareTogether(
  context: ReconcileContext,
  batches: readonly DeliveredBatch[],
  tally: ReconcileTally,
): AsyncGenerator<Found> {
  let sides = await readBothSides(context, batches);
  tally.batchesCompared += batches.length;
  tally.eventsCompared += batches.reduce((sum, { eventCount }) => sum + eventCount, 0);
  tally.batchesHashed += batches.filter((batch) => isWhole(batch, sides.contents.get(batch.id))).length;

  let differing = batches.filter((batch) => differenceOf(batch, sides) !== undefined);
  for (let look = 2; look <= looksMax && differing.length > 0; look += 1) {
    await pause(lookPauseMs * (look - 1));
    sides = await readBothSides(context, differing);
    differing = differing.filter((batch) => differenceOf(batch, sides) !== undefined);
  }
  // Last, so that a batch which was replaced between the looks is not taken for one that differs.
  const statuses = await readBatchStatuses(
    context.outbox,
    differing.map(({ id }) => id),
  );
  for (const batch of differing) {
    const status = statuses.get(batch.id);
    const kind = differenceOf(batch, sides);
    if (status !== 'DELIVERED') {
      tally.batchesLeftAlone += 1;
    } else if (kind !== undefined) {
      yield describeFound(batch, kind, sides);
    }
  }
}

async function readBothSides(
  { outbox, eventLog }: ReconcileContext,
  batches: readonly DeliveredBatch[],
): Promise<BothSides> {
  const ids = batches.map(({ id }) => id);
  const uncleaned = batches.filter(({ cleaned }) => !cleaned).map(({ id }) => id);
  // Postgres first: what is delivered stays as it is, and what is cleaned in between is then merely not compared.
  const contents =
    uncleaned.length === 0 ? new Map<string, BatchContent>() : await hashBatches(outbox, uncleaned);
  const summaries = await summariseBatches(eventLog, { ids, ...timesOf(batches) });
  return { contents, summaries };
}

function differenceOf(batch: DeliveredBatch, { summaries, contents }: BothSides): Found['kind'] | undefined {
  return compareBatch(batch, summaries.get(batch.id), contents.get(batch.id));
}

function describeFound(batch: DeliveredBatch, kind: Found['kind'], sides: BothSides): Found {
  const summary = sides.summaries.get(batch.id);
  return {
    kind,
    batchId: batch.id,
    status: 'DELIVERED',
    deliveredAt: batch.deliveredAt,
    eventCount: batch.eventCount,
    rows: summary?.rows ?? 0,
    events: summary?.events ?? 0,
    inOutbox: isWhole(batch, sides.contents.get(batch.id)),
    firstEventTime: batch.firstEventTime,
    lastEventTime: batch.lastEventTime,
  };
}
