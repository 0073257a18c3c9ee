import { openEventLogService, type DeliveryOptions } from 'waybill/worker';
import type { Serve } from './benchProcess.js';

/** Deliver at least so many batches, then stop. Fewer where fewer are there. */
export interface DeliveryOrder {
  readonly batches: number;
}

export interface DeliveryResult {
  readonly events: number;
  readonly batches: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** The EventLogService in a process of its own: one order is one run. */
export const serve: Serve<DeliveryOptions, DeliveryOrder, DeliveryResult> = (options) => {
  const delivery = openEventLogService(options);
  return Promise.resolve({
    async handle({ batches }) {
      const enough = new AbortController();
      const report = await delivery.service.run({
        signal: enough.signal,
        // Batches that are under way are finished, so it may be some more.
        onProgress: (tally) => {
          if (tally.batchesSealed >= batches) enough.abort();
        },
      });
      if (report.error !== undefined || report.attemptsFailed > 0)
        throw new Error(`A run did not go well: ${JSON.stringify(report)}`);
      return {
        events: report.eventsDelivered,
        batches: report.batchesDelivered,
        bytes: report.bytesDelivered,
        seconds: report.durationMs / 1_000,
      };
    },
    close: () => delivery.close(),
  });
};
