import { compareDelivered } from './compareDelivered.js';
import type { Found, ReconcileContext, ReconcileOptions, ReconcileTally } from './context.js';
import { findStrays } from './findStrays.js';
import { repairDifference } from './repairDifference.js';
import type { Difference, ReconcileReport } from './report.js';

/** Differences after which it ends: most likely it is the whole table that is at fault. What is repaired stays so. */
const differencesMax = 10_000;

/**
 * Compares, batch by batch, what Postgres says was delivered with what ClickHouse holds, and repairs what differs if asked.
 *
 * Numbers of rows and events are compared for every batch, content for those whose events the outbox still holds. Both
 * databases count and hash by themselves; no event travels. A difference counts only when a second look confirms it, since
 * a replica may lag behind and a batch may be replaced meanwhile.
 *
 * A repair never sends anything itself: it puts a batch that owns the same events in the place of the one at fault, which
 * the next run of process_events sends like any other, after it has deleted what ClickHouse holds of the old one.
 */
export async function reconcile(
  context: ReconcileContext,
  options: ReconcileOptions,
): Promise<ReconcileReport> {
  const before = performance.now();
  const tally: ReconcileTally = {
    batchesCompared: 0,
    eventsCompared: 0,
    batchesHashed: 0,
    unsentBatchesCompared: 0,
    batchesLeftAlone: 0,
    notes: [],
  };
  const differences: Difference[] = [];
  for await (const found of findDifferences(context, options, tally)) {
    differences.push({ ...found, repair: await repairDifference(context, options.repair, found) });
    if (differences.length >= differencesMax) break;
  }
  const { since, until } = options;
  const durationMs = Math.round(performance.now() - before);
  return { since, until, ...tally, differences, ended: howEnded(options, differences.length), durationMs };
}

function howEnded({ signal }: ReconcileOptions, differences: number): ReconcileReport['ended'] {
  if (differences >= differencesMax) return 'too_many_differences';
  return signal?.aborted === true ? 'stopped' : 'complete';
}

async function* findDifferences(
  context: ReconcileContext,
  options: ReconcileOptions,
  tally: ReconcileTally,
): AsyncGenerator<Found> {
  yield* compareDelivered(context, options, tally);
  yield* findStrays(context, options, tally);
}
