import { createHash } from 'node:crypto';
import { deliveryPorts } from '../delivery/ports.js';
import { purgeBatch } from '../delivery/purgeBatch.js';
import { copyBatch, countDifferentRows } from '../eventlog/copyBatch.js';
import { summariseBatches } from '../eventlog/summariseBatches.js';
import { replaceByCopy } from '../outbox/replaceByCopy.js';
import type { Found, Operator, ReconcileContext } from './context.js';
import type { RepairOutcome } from './report.js';

/**
 * Repairs a batch whose rows are in ClickHouse more than once, and whose events the outbox no longer has: one row of each
 * event is copied under the id of another batch, which takes its place, and then the old rows are deleted.
 *
 * Safe to run again after a crash anywhere, since the id of the copy follows from the batch's:
 * 1. Before the copy is whole, the batch is still DELIVERED. What there is of the copy is deleted, and it is made anew.
 * 2. Before Postgres has it, the whole copy is found and used.
 * 3. Before the old rows are deleted, they are rows of a batch that was REPLACED, which any reconciliation deletes.
 */
export async function copyDoubled(
  context: ReconcileContext,
  operator: Operator,
  found: Found,
  details: Readonly<Record<string, unknown>>,
): Promise<RepairOutcome> {
  const { outbox, eventLog } = context;
  const batch = { ...found, id: found.batchId };
  const isClear =
    found.events === found.eventCount && (await countDifferentRows(eventLog, batch)) === found.eventCount;
  if (!isClear)
    return {
      state: 'not_repairable',
      text: 'its doubled rows differ from each other, and the outbox no longer has its events: choose by hand',
    };
  const copyId = copyIdOf(found.batchId);
  const replaced = await replaceByCopy(
    outbox,
    { ...operator, batchId: found.batchId, copyId, details },
    async () => {
      const copy = { ...batch, id: copyId };
      if (await isWhole(context, found, copyId)) return;
      await purgeBatch(deliveryPorts(outbox, eventLog).eventLog, copy, notAborted);
      await copyBatch(eventLog, batch, copyId);
      if (!(await isWhole(context, found, copyId)))
        throw new Error(`The copy of batch ${found.batchId} under ${copyId} is not whole.`);
    },
  );
  if (!replaced)
    return { state: 'failed', text: 'it was dealt with by somebody else meanwhile; run it again' };
  await purgeBatch(deliveryPorts(outbox, eventLog).eventLog, batch, notAborted);
  return {
    state: 'repaired',
    resentAs: undefined,
    text: `one row of each event was copied under batch ${copyId}, which replaces it, and the old rows were deleted`,
  };
}

/** What has begun is waited for. */
const notAborted = new AbortController().signal;

async function isWhole({ eventLog }: ReconcileContext, found: Found, copyId: string): Promise<boolean> {
  const summaries = await summariseBatches(eventLog, { ...found, ids: [copyId] });
  const summary = summaries.get(copyId);
  return summary?.rows === found.eventCount && summary.events === found.eventCount;
}

/** A UUID of version 8 (RFC 9562) that follows from the batch's, so that a repair which was cut short is found again. */
export function copyIdOf(batchId: string): string {
  const digits = createHash('sha256').update(`waybill copy of ${batchId}`).digest('hex').slice(0, 32);
  const marked = `${digits.slice(0, 12)}8${digits.slice(13, 16)}a${digits.slice(17)}`;
  return marked.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
