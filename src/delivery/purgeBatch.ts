import type { BatchToCount } from '../eventlog/countBatch.js';
import type { EventLogPort } from './ports.js';

/**
 * Makes sure that ClickHouse holds nothing of a batch that was replaced. Its events are owned by other batches now, and
 * nothing is ever sent under its id again, so this may be done at any time and any number of times.
 *
 * It deletes without a count before it: a replica that lags may not have the rows yet, and the deletion reaches them all.
 * @throws {PurgeUnfinishedError} and whatever ClickHouse answers
 */
export async function purgeBatch(
  eventLog: EventLogPort,
  replaced: BatchToCount,
  signal: AbortSignal,
): Promise<void> {
  await eventLog.endInserts(replaced.id, signal);
  await eventLog.deleteBatch(replaced, signal);
  const { rows } = await eventLog.countBatch(replaced, signal);
  if (rows > 0) throw new PurgeUnfinishedError(replaced.id, rows);
}

export class PurgeUnfinishedError extends Error {
  readonly code = 'PURGE_UNFINISHED';

  constructor(batchId: string, rows: number) {
    super(
      `${String(rows)} rows of batch ${batchId}, which was replaced, are still in ClickHouse although they were deleted. ` +
        'Nothing was sent; it is tried again.',
    );
  }
}
