import { assertPostgresMigrated } from '../migration/migrate.js';
import { deleteDeliveredEvents } from '../outbox/deleteDeliveredEvents.js';
import { deleteHistory, type DeletedHistory } from '../outbox/deleteHistory.js';
import { dropDeliveredPartitions, type DroppedPartitions } from '../outbox/dropDeliveredPartitions.js';
import { ensurePartitions } from '../outbox/ensurePartitions.js';
import { markDroppedCleaned } from '../outbox/markDroppedCleaned.js';
import type { Outbox } from '../outbox/database.js';

export interface CleanEventsOutboxContext {
  readonly outbox: Outbox;
  readonly eventPartitionSize: number;
  readonly historyRetentionDays: number;
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
  /** Batches of which no event is left in the outbox now. */
  readonly batchesCleaned: number;
  readonly history: DeletedHistory;
}

/** Calls of `deleteDeliveredEvents` in one cleaning, of up to 100 batches each. The next cleaning does the rest. */
const deleteCallsMax = 10_000;

/**
 * Task `clean_events_outbox`: removes what is delivered, and never anything else.
 *
 * Whole partitions first, which costs the same whatever they hold; then what is delivered of the partitions that stay;
 * then records of delivery older than their retention. Interrupted anywhere, it leaves nothing half-done that the next
 * cleaning would not do. When `signal` fires it ends after the statement under way.
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
  let eventsDeleted = 0;
  for (let calls = 0; calls < deleteCallsMax && signal?.aborted !== true; calls += 1) {
    const deleted = await deleteDeliveredEvents(outbox, { exceptPartitions: partitions.locked, signal });
    eventsDeleted += deleted.events;
    batchesCleaned += deleted.batches;
    if (!deleted.more) break;
  }
  const history = await deleteHistory(outbox, context.historyRetentionDays, signal);
  const partitionsMade = await ensurePartitions(outbox, context.eventPartitionSize);

  const durationMs = Math.round(performance.now() - before);
  return { startedAt, durationMs, partitions, partitionsMade, eventsDeleted, batchesCleaned, history };
}
