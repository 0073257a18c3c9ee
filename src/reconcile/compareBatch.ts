import type { BatchSummary } from '../eventlog/summariseBatches.js';
import type { BatchContent } from '../outbox/hashBatches.js';
import type { DeliveredBatch } from '../outbox/readDeliveredBatches.js';

/** How what ClickHouse holds of a delivered batch differs from what Postgres says was delivered. */
export type DifferenceKind =
  /** ClickHouse holds none of its rows. */
  | 'missing'
  /** ClickHouse lacks some of its events. */
  | 'short'
  /** All its events are there, some of them more than once. */
  | 'doubled'
  /** As many events, but other content, or events that the batch does not own. */
  | 'different'
  /** Rows of a batch of which ClickHouse should hold nothing. */
  | 'stray';

/**
 * Compares a delivered batch with what ClickHouse holds of it.
 *
 * An application that gives its events ids of its own may give one twice, and each of the two is an event. So the number of
 * different ids is known only while the outbox has all events; after that as many rows as events are taken for right.
 * @param content what the outbox still holds of it; content is compared only when that is all of its events
 * @returns undefined when they agree
 */
export function compareBatch(
  { eventCount }: Pick<DeliveredBatch, 'eventCount'>,
  summary: BatchSummary | undefined,
  content: BatchContent | undefined,
): Exclude<DifferenceKind, 'stray'> | undefined {
  if (summary === undefined || summary.rows === 0) return 'missing';
  const { rows, events } = summary;
  const isKnown = isWhole({ eventCount }, content);
  const distinctEvents = isKnown ? content.distinctEvents : Math.min(events, eventCount);
  if (events < distinctEvents || rows < eventCount) return 'short';
  if (events > distinctEvents) return 'different';
  if (rows > eventCount) return 'doubled';
  return isKnown && content.contentHash !== summary.contentHash ? 'different' : undefined;
}

/** The outbox still holds every event of the batch. */
export function isWhole(
  batch: Pick<DeliveredBatch, 'eventCount'>,
  content: BatchContent | undefined,
): content is BatchContent {
  return content?.events === batch.eventCount;
}
