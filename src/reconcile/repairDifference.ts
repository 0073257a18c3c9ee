import { deliveryPorts } from '../delivery/ports.js';
import { purgeBatch } from '../delivery/purgeBatch.js';
import { recordOperatorAction } from '../outbox/recordOperatorAction.js';
import { repairBatch, type Repair } from '../outbox/repairBatch.js';
import { messageOf } from '../waybillError.js';
import { copyDoubled } from './copyDoubled.js';
import type { Found, Operator, ReconcileContext } from './context.js';
import type { RepairOutcome } from './report.js';

/** Repairs one difference, if that was asked for, and says what came of it. A failure concerns this one only. */
export async function repairDifference(
  context: ReconcileContext,
  operator: Operator | undefined,
  found: Found,
): Promise<RepairOutcome> {
  if (operator === undefined) return { state: 'not_asked' };
  try {
    if (found.status === 'REPLACED' || found.status === 'DROPPED')
      return await deleteStray(context, operator, found);
    if (found.kind === 'doubled' && !found.inOutbox)
      return await copyDoubled(context, operator, found, detailsOf(found));
    return await replace(context, operator, found, found.status);
  } catch (error) {
    return { state: 'failed', text: `${messageOf(error)} Nothing is lost; run it again` };
  }
}

function detailsOf({ kind, rows, events }: Found): Record<string, unknown> {
  return { difference: kind, rows, events };
}

/** Nothing is ever sent again under the id of a batch that was replaced or dropped, so its rows may go at any time. */
async function deleteStray(
  context: ReconcileContext,
  operator: Operator,
  found: Found,
): Promise<RepairOutcome> {
  await purge(context, found);
  await recordOperatorAction(context.outbox, {
    ...operator,
    action: 'repair',
    batchId: found.batchId,
    eventCount: found.events,
    details: detailsOf(found),
  });
  const text = `its ${found.rows.toLocaleString('en')} rows were deleted from ClickHouse`;
  return { state: 'repaired', resentAs: undefined, text };
}

/** A deletion that has begun is waited for. */
function purge({ outbox, eventLog }: ReconcileContext, found: Found): Promise<void> {
  const { signal } = new AbortController();
  return purgeBatch(deliveryPorts(outbox, eventLog).eventLog, { ...found, id: found.batchId }, signal);
}

/** Puts another batch with the same events in the place of one; see outbox/repairBatch.ts. */
async function replace(
  context: ReconcileContext,
  operator: Operator,
  found: Found,
  status: Repair['status'],
): Promise<RepairOutcome> {
  const { batchId } = found;
  const result = await repairBatch(context.outbox, {
    ...operator,
    batchId,
    status,
    details: detailsOf(found),
  });
  if (!result.repaired) {
    return result.because === 'status_changed'
      ? { state: 'failed', text: 'it was dealt with by somebody else meanwhile; run it again' }
      : { state: 'not_repairable', text: adviceWithoutEvents(found) };
  }
  if (status !== 'QUARANTINED')
    return { state: 'repaired', resentAs: result.childId, text: `batch ${result.childId} replaces it` };
  await purge(context, found); // else it would be done when the event is released
  const text = 'its rows were deleted from ClickHouse; the event stays quarantined';
  return { state: 'repaired', resentAs: undefined, text };
}

/** What can be done about a batch whose events the outbox no longer has. */
function adviceWithoutEvents({ kind, eventCount, events }: Found): string {
  const gone = 'the outbox no longer has all of its events, so Waybill cannot send them again';
  switch (kind) {
    case 'missing':
    case 'short':
      return `${gone}: restore the ${(eventCount - events).toLocaleString('en')} events from a backup of ClickHouse or Postgres`;
    case 'different':
      return `${gone}: compare its rows with a backup`;
    case 'doubled':
      return `${gone}; run it again: it then copies one row of each`; // cleaned since it was compared
    case 'stray':
      return `${gone}: its rows in ClickHouse may be all there is; look at them before you delete any`;
  }
}
