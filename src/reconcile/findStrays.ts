import { readBatchIds } from '../eventlog/readBatchIds.js';
import { summariseBatches, type BatchSummary } from '../eventlog/summariseBatches.js';
import { readBatchStatuses } from '../outbox/readBatchStatuses.js';
import { readUnsentBatches, type UnsentBatch } from '../outbox/readUnsentBatches.js';
import type { Found, ReconcileContext, ReconcileOptions, ReconcileTally } from './context.js';
import { timesOf } from './timesOf.js';

/** Batches looked at in one query. */
const pageBatches = 1_000;
/** Batch ids that ClickHouse is asked for. */
const idsMax = 100_000;
/** Ids asked for in one query of Postgres. */
const idsPerQuery = 10_000;
/** Unknown batches that a note names. */
const namedMax = 3;

/**
 * Finds rows in ClickHouse of batches of which it should hold nothing: replaced or dropped since `since`, in quarantine, or
 * never sent. A note tells of batches that Postgres does not know.
 */
export async function* findStrays(
  context: ReconcileContext,
  options: ReconcileOptions,
  tally: ReconcileTally,
): AsyncGenerator<Found> {
  let purgeAhead = 0;
  let afterSeq: string | undefined = '0';
  while (afterSeq !== undefined && options.signal?.aborted !== true) {
    const page = await readUnsentBatches(context.outbox, options.since, pageBatches, afterSeq);
    tally.unsentBatchesCompared += page.batches.length;
    const first = await summarise(context, page.batches);
    // Again, and in this order: one may have been sent, or purged, since it was read.
    const ids = [...first.keys()];
    const again =
      ids.length === 0
        ? []
        : (await readUnsentBatches(context.outbox, options.since, pageBatches, '0', ids)).batches;
    const summaries = await summarise(context, again);
    const statuses = await readBatchStatuses(context.outbox, ids);
    for (const batch of again) {
      const summary = summaries.get(batch.id);
      if (summary === undefined || statuses.get(batch.id) !== batch.status) continue;
      if (batch.purgeAhead) purgeAhead += 1;
      else yield describeStray(batch, summary);
    }
    afterSeq = page.nextSeq;
  }
  if (purgeAhead > 0) tally.notes.push(sayPurgeAhead(purgeAhead));
  if (options.signal?.aborted !== true) await noteUnknown(context, options, tally);
}

function sayPurgeAhead(batches: number): string {
  return batches === 1
    ? 'Rows of one batch that was replaced are still in ClickHouse; the next run of process_events deletes them.'
    : `Rows of ${batches.toLocaleString('en')} batches that were replaced are still in ClickHouse; the next run of process_events deletes them.`;
}

async function summarise(
  { eventLog }: ReconcileContext,
  batches: readonly UnsentBatch[],
): Promise<Map<string, BatchSummary>> {
  if (batches.length === 0) return new Map();
  return summariseBatches(eventLog, { ids: batches.map(({ id }) => id), ...timesOf(batches) });
}

function describeStray(batch: UnsentBatch, { rows, events }: BatchSummary): Found {
  return {
    kind: 'stray',
    batchId: batch.id,
    status: batch.status,
    deliveredAt: undefined,
    eventCount: batch.eventCount,
    rows,
    events,
    inOutbox: false,
    firstEventTime: batch.firstEventTime,
    lastEventTime: batch.lastEventTime,
  };
}

/** Postgres forgets a batch once it is past its retention, so one that it does not know may be all right. */
async function noteUnknown(
  { outbox, eventLog }: ReconcileContext,
  { since, until }: ReconcileOptions,
  tally: ReconcileTally,
): Promise<void> {
  const ids = await readBatchIds(eventLog, { firstEventTime: since, lastEventTime: until }, idsMax);
  const unknown: string[] = [];
  for (let at = 0; at < ids.length; at += idsPerQuery) {
    const asked = ids.slice(at, at + idsPerQuery);
    const known = await readBatchStatuses(outbox, asked);
    unknown.push(...asked.filter((id) => !known.has(id)));
  }
  if (ids.length === idsMax)
    tally.notes.push(
      `ClickHouse has more than ${idsMax.toLocaleString('en')} batches with events of this time; only so many were looked up in Postgres.`,
    );
  if (unknown.length === 0) return;
  const named = unknown.slice(0, namedMax).join(', ');
  tally.notes.push(
    `ClickHouse holds events of this time of ${unknown.length.toLocaleString('en')} batches that Postgres does not know ` +
      `(${named}${unknown.length > namedMax ? ', …' : ''}): past HISTORY_RETENTION_IN_DAYS, or written by something else.`,
  );
}
