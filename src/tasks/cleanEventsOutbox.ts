import { assertPostgresMigrated } from '../migration/migrate.js';
import { countUncleanedEvents } from '../outbox/countUncleanedEvents.js';
import { deleteDeliveredEvents } from '../outbox/deleteDeliveredEvents.js';
import { deleteHistory, type DeletedHistory } from '../outbox/deleteHistory.js';
import { dropDeliveredPartitions, type DroppedPartitions } from '../outbox/dropDeliveredPartitions.js';
import { ensurePartitions } from '../outbox/ensurePartitions.js';
import { markDroppedCleaned } from '../outbox/markDroppedCleaned.js';
import type { Outbox } from '../outbox/database.js';
import { findFillingPartition } from './findFillingPartition.js';

export interface CleanEventsOutboxContext {
  readonly outbox: Outbox;
  readonly eventPartitionSize: number;
  readonly historyRetentionDays: number;
  /** The partition that is being written is left to its drop when it will be full within this time; 0 for never. */
  readonly fillHorizonMs: number;
}

/** What one cleaning did. */
export interface CleanReport {
  readonly startedAt: Date;
  readonly durationMs: number;
  /** Partitions of delivered events; those emptied or locked are dropped by a later cleaning. */
  readonly partitions: DroppedPartitions;
  readonly partitionsMade: readonly string[];
  /** Events deleted one by one, because their partition still holds others. */
  readonly eventsDeleted: number;
  /**
   * Delivered events that stay in the partition that is being written, until it is full and dropped. Of a batch that
   * begins in the partition before, those that went with that one are counted too.
   */
  readonly eventsLeft: number;
  /** Batches of which no event is left in the outbox now. */
  readonly batchesCleaned: number;
  readonly history: DeletedHistory;
}

/** Calls of `deleteDeliveredEvents` in one cleaning, of up to 100 batches each. The next cleaning does the rest. */
const deleteCallsMax = 10_000;

/**
 * Task `clean_events_outbox`: removes what is delivered, and never anything else.
 *
 * Whole partitions first, which costs the same whatever they hold; then what is delivered of the partitions that stay,
 * but for the one that is being written when it will be full and dropped soon; then records of delivery older than their
 * retention. Interrupted anywhere, it leaves nothing half-done that the next cleaning would not do. When `signal` fires it ends after the statement under way.
 *
 * It looks first whether a newer version has migrated the outbox since this process started.
 * @throws {WaybillError} `SCHEMA_TOO_NEW`, `NOT_MIGRATED`, `MIGRATION_CHANGED`; nothing was removed then
 */
export async function cleanEventsOutbox(
  context: CleanEventsOutboxContext,
  signal?: AbortSignal,
): Promise<CleanReport> {
  const { outbox } = context;
  const startedAt = new Date();
  const before = performance.now();
  await assertPostgresMigrated(outbox);

  const partitions = await dropDeliveredPartitions(outbox, signal);
  let batchesCleaned = await markDroppedCleaned(outbox);
  const filling = await findFillingPartition(outbox, context.fillHorizonMs);
  let eventsDeleted = 0;
  for (let calls = 0; calls < deleteCallsMax && signal?.aborted !== true; calls += 1) {
    const deleted = await deleteDeliveredEvents(outbox, {
      exceptPartitions: partitions.locked,
      beforeId: filling?.from,
      signal,
    });
    eventsDeleted += deleted.events;
    batchesCleaned += deleted.batches;
    if (!deleted.more) break;
  }
  const eventsLeft = filling === undefined ? 0 : await countUncleanedEvents(outbox, filling.from);
  const history = await deleteHistory(outbox, context.historyRetentionDays, signal);
  const partitionsMade = await ensurePartitions(outbox, context.eventPartitionSize);

  const durationMs = Math.round(performance.now() - before);
  return {
    startedAt,
    durationMs,
    partitions,
    partitionsMade,
    eventsDeleted,
    eventsLeft,
    batchesCleaned,
    history,
  };
}
