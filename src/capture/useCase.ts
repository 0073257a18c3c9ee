import {
  resolveCaptureOptions,
  type CaptureOptions,
  type ResolvedCaptureOptions,
} from '../config/captureOptions.js';
import type { LogEvent } from '../event/logEvent.js';
import { insertEvents } from './insertEvents.js';
import type { PgTransaction } from './pgTransactions.js';
import type { Transactions } from './transactions.js';

/**
 * One business operation: a change and the events that tell of it, stored in one transaction or not at all.
 *
 * `execute` opens the transaction, calls `perform`, then `logEvent` in that same transaction, and commits. Any
 * throw, in any of them, stores neither the change nor an event. A use case without `getLogEvent` logs nothing.
 *
 * @example
 * class PlaceOrder extends UseCase<OrderRequest, OrderPlaced, PoolClient> {
 *   protected async perform(request: OrderRequest, tx: PoolClient): Promise<OrderPlaced> {
 *     const { rows } = await tx.query<{ id: string }>('INSERT INTO orders … RETURNING id', [request.total]);
 *     return { orderId: rows[0]!.id, total: request.total };
 *   }
 *   protected override getLogEvent(event: OrderPlaced): LogEvent {
 *     return { eventType: 'order_placed', subject: `order:${event.orderId}`, eventContext: event };
 *   }
 * }
 * const placed = await new PlaceOrder(pgTransactions(pool)).execute(request);
 */
export abstract class UseCase<Request, Event, Tx extends object = PgTransaction> {
  readonly #transactions: Transactions<Tx>;
  readonly #options: ResolvedCaptureOptions;

  /** @throws {WaybillError} `INVALID_OPTION` */
  constructor(transactions: Transactions<Tx>, options: CaptureOptions = {}) {
    this.#transactions = transactions;
    this.#options = resolveCaptureOptions(options);
  }

  /**
   * Runs the use case in a transaction of its own, or inside `outer`, the transaction of another use case: it then
   * commits with that one, and its own failure undoes only its own part. Await it before anything else is run on
   * `outer`: a transaction has one line of savepoints.
   * @returns what `perform` returned, once it is committed (inside `outer`: once it is part of that transaction)
   */
  execute(request: Request, outer?: Tx): Promise<Event> {
    const work = async (tx: Tx): Promise<Event> => {
      const event = await this.perform(request, tx);
      await this.logEvent(tx, event);
      return event;
    };
    return outer === undefined ? this.#transactions.run(work) : this.#transactions.runNested(outer, work);
  }

  /** The business change. What it returns is the event; whatever it throws undoes the change. */
  protected abstract perform(request: Request, tx: Tx): Promise<Event>;

  /** Adapts the event to the event log: one entry, several, or none. Without this method nothing is logged. */
  protected getLogEvent?(event: Event): LogEvent | readonly LogEvent[] | undefined;

  /** Stores the event's log entries in the transaction of the change. */
  protected async logEvent(tx: Tx, event: Event): Promise<void> {
    const logEvents = this.getLogEvent?.(event);
    if (logEvents === undefined) return;
    const list = isList(logEvents) ? logEvents : [logEvents];
    await insertEvents(this.#transactions.toCapture(tx), list, this.#options);
  }
}

function isList(logEvents: LogEvent | readonly LogEvent[]): logEvents is readonly LogEvent[] {
  return Array.isArray(logEvents);
}
