import { resolveCaptureOptions, type CaptureOptions } from '../config/captureOptions.js';
import type { LogEvent } from '../event/logEvent.js';
import { WaybillError } from '../waybillError.js';
import { insertEvents } from './insertEvents.js';
import type { CaptureTransaction } from './transactions.js';

/**
 * Stores events in the outbox, inside the caller's transaction: they exist if and only if it commits.
 *
 * Any number of events is one statement and one round trip. Every event is checked before anything is sent.
 *
 * @param tx a transaction that the caller opened, for example a client of `pg` after `BEGIN`
 * @returns the id of each event (UUID version 7), in the order given
 * @throws {InvalidEventError} naming the event and the field that broke a rule
 * @throws {WaybillError} `NOT_A_TRANSACTION` when given a pool, `INVALID_OPTION` for bad options
 *
 * @example
 * await captureEvents(tx, [{ eventType: 'order_placed', eventContext: { orderId: 4711 } }]);
 */
export async function captureEvents(
  tx: CaptureTransaction,
  events: readonly LogEvent[],
  options?: CaptureOptions,
): Promise<string[]> {
  refusePool(tx);
  return insertEvents(tx, events, resolveCaptureOptions(options));
}

function refusePool(tx: object): void {
  if (!('totalCount' in tx)) return;
  throw new WaybillError(
    'NOT_A_TRANSACTION',
    'captureEvents was given a pool, which would store the events in a transaction of their own, apart from the ' +
      'change they tell of. Nothing was sent. Pass the client on which you ran BEGIN.',
  );
}
