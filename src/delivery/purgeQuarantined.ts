import type { Logger } from '../observe/logger.js';
import type { DeliveryPorts } from './ports.js';
import { purgeBatch } from './purgeBatch.js';
import type { RunClock } from './runClock.js';

/**
 * Deletes from ClickHouse what it has stored of events that are quarantined: rows that a view on the table refused when
 * the table had them already. What fails is tried again by the next run; the events themselves are safe in the outbox.
 */
export async function purgeQuarantined(
  run: DeliveryPorts & { readonly runClock: RunClock; readonly logger: Logger },
): Promise<void> {
  for (const batch of await run.outbox.readUnpurged()) {
    try {
      await purgeBatch(run.eventLog, batch.parent, run.runClock.graceOver);
      await run.outbox.markPurged(batch.id);
    } catch (error) {
      run.logger.warn(
        { batchId: batch.id, err: error },
        'the row of a quarantined event is still in ClickHouse; it is deleted by a later run',
      );
    }
  }
}
