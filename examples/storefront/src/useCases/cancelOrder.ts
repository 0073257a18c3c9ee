import type { PoolClient } from 'pg';
import { UseCase, type LogEvent } from 'waybill';
import { lockOrder } from '../lockOrder.js';

export interface Cancellation {
  readonly orderId: number;
  readonly reason: string;
}

export interface CancelledOrder extends Cancellation {
  readonly customerId: number;
  /** What was paid and goes back; 0 for an order that had not been paid. */
  readonly refundCents: number;
}

/**
 * Cancels an order that has not been shipped: its goods return to stock, and what was paid is refunded.
 * Leaves `order_cancelled`, and `payment_refunded` where there was a payment.
 * @throws {Refusal} `not_found`, `wrong_status`
 */
export class CancelOrder extends UseCase<Cancellation, CancelledOrder, PoolClient> {
  protected async perform(cancellation: Cancellation, tx: PoolClient): Promise<CancelledOrder> {
    const { orderId, reason } = cancellation;
    const { status, customerId, totalCents } = await lockOrder(tx, orderId, ['placed', 'paid']);
    await tx.query(`UPDATE storefront.orders SET status = 'cancelled', cancel_reason = $2 WHERE id = $1`, [
      orderId,
      reason,
    ]);
    await returnToStock(tx, orderId);
    if (status === 'paid') {
      await tx.query('UPDATE storefront.payments SET refunded_at = now() WHERE order_id = $1', [orderId]);
    } else {
      await tx.query(
        'UPDATE storefront.customers SET open_balance_cents = open_balance_cents - $2 WHERE id = $1',
        [customerId, totalCents],
      );
    }
    return { orderId, reason, customerId, refundCents: status === 'paid' ? totalCents : 0 };
  }

  protected override getLogEvent(cancelled: CancelledOrder): LogEvent[] {
    const { orderId, customerId, reason, refundCents } = cancelled;
    const subject = `order:${String(orderId)}`;
    const events: LogEvent[] = [
      { eventType: 'order_cancelled', subject, eventContext: { orderId, customerId, reason } },
    ];
    if (refundCents > 0) {
      const eventContext = { orderId, customerId, refundCents };
      events.push({ eventType: 'payment_refunded', subject, eventContext });
    }
    return events;
  }
}

/** Locks the products in the order of their ids, as placing an order does, and only then changes them. */
async function returnToStock(tx: PoolClient, orderId: number): Promise<void> {
  await tx.query(
    `WITH returned AS (
       SELECT products.id, order_lines.quantity
       FROM storefront.order_lines JOIN storefront.products ON products.id = order_lines.product_id
       WHERE order_lines.order_id = $1
       ORDER BY products.id
       FOR UPDATE OF products
     )
     UPDATE storefront.products SET stock = stock + returned.quantity FROM returned WHERE products.id = returned.id`,
    [orderId],
  );
}
