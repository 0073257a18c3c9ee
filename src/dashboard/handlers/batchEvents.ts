import { z } from 'zod';
import { isoOfMicros, microsOfIso } from '../../event/microTime.js';
import { readBatchEvents } from '../../outbox/readBatchEvents.js';
import { readBatchRecord, type WholeBatchRecord } from '../../outbox/readBatchRecord.js';
import { askOutbox, type DashboardContext } from '../context.js';
import { decodeCursor, encodeCursor, pageOf } from '../cursor.js';
import { describeItems, fromEventLog, fromOutbox, type PlacedEvent } from '../eventItem.js';
import type { Handler } from '../handler.js';
import { cutShort, failureNotice } from '../notices.js';
import type { BatchEventsAnswer, BatchStatus } from '../schema/batches.js';
import { bigintText, timestamp, uuid } from '../schema/common.js';
import type { EventState } from '../schema/events.js';
import { searchEventLog } from '../searchEventLog.js';
import { noBatch } from './batches.js';

/** In the outbox by its id there, in ClickHouse by time and event id. */
const position = z.union([
  z.strictObject({ id: bigintText }),
  z.strictObject({ at: timestamp, eventId: uuid }),
]);
type Position = z.infer<typeof position>;

const states: Readonly<Record<BatchStatus, EventState>> = {
  AWAITING_DELIVERY: 'awaiting',
  SENDING: 'sending',
  DELIVERED: 'delivered',
  QUARANTINED: 'quarantined',
  REPLACED: 'awaiting', // of no event: its children are younger
  DROPPED: 'dropped',
};

export const listBatchEvents: Handler<'listBatchEvents'> = async ({
  params: { id },
  query,
  signal,
  context,
}) => {
  const { cursor, limit } = query;
  const after = decodeCursor<Position>(cursor, position);
  const { batch, events } = await askOutbox(context, async (outbox) => {
    const found = await readBatchRecord(outbox, id);
    if (found === undefined) throw noBatch(id);
    const afterId = after !== undefined && 'id' in after ? after.id : undefined;
    const isCleaned = isOutOfOutbox(found) || (after !== undefined && 'at' in after);
    return { batch: found, events: isCleaned ? [] : await readBatchEvents(outbox, id, afterId, limit + 1) };
  });
  const isGone = isOutOfOutbox(batch) || (events.length === 0 && !(after !== undefined && 'id' in after));
  if (isGone) return fromClickHouse(context, batch, after, limit, signal);
  const placed = events.map(({ event, owner }) => fromOutbox(event, states[owner.status], owner.id));
  const { items, nextCursor } = pageOf(placed, limit, ({ outboxId }) => ({ id: outboxId ?? '' }));
  return { items: describeItems(items, context.redaction), nextCursor, source: 'outbox', notices: [] };
};

/** A batch that was replaced counts as cleaned at once: its events are those of its children now, and stay for them. */
function isOutOfOutbox({ status, cleanedAt }: WholeBatchRecord): boolean {
  return status !== 'REPLACED' && cleanedAt !== null;
}

async function fromClickHouse(
  context: DashboardContext,
  batch: WholeBatchRecord,
  after: Position | undefined,
  limit: number,
  signal: AbortSignal,
): Promise<BatchEventsAnswer> {
  const filter = {
    from: batch.firstEventTime,
    to: isoOfMicros(microsOfIso(batch.lastEventTime) + 1n),
    batchId: batch.id,
  };
  const begin =
    after !== undefined && 'at' in after ? { eventDateTime: after.at, eventId: after.eventId } : undefined;
  try {
    const found = await searchEventLog(context.eventLog, { filter, after: begin, limit: limit + 1, signal });
    const placed: PlacedEvent[] = found.events.map(fromEventLog);
    const page = pageOf(placed, limit, ({ eventDateTime, eventId }) => ({ at: eventDateTime, eventId }));
    const goOn = encodeCursor({ at: found.searchedTo, eventId: '00000000-0000-0000-0000-000000000000' });
    return {
      items: describeItems(page.items, context.redaction),
      nextCursor: page.nextCursor ?? (found.isCutShort ? goOn : null),
      source: 'clickhouse',
      notices: found.isCutShort ? [cutShort(found.searchedTo)] : [],
    };
  } catch (error) {
    return {
      items: [],
      nextCursor: null,
      source: 'clickhouse',
      notices: [failureNotice('clickhouse', error)],
    };
  }
}
