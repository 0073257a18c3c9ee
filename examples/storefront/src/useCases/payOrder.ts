import type { PoolClient } from 'pg';
import { UseCase, type CaptureOptions, type LogEvent, type Transactions } from 'waybill';
import { lockOrder } from '../lockOrder.js';
import { Refusal } from '../refusal.js';
import { EarnLoyaltyPoints } from './earnLoyaltyPoints.js';

/** One point for each full 10.00 of an order. */
const centsPerPoint = 1_000;

export type PaymentMethod = 'card' | 'transfer' | 'voucher';

export interface Payment {
  readonly orderId: number;
  readonly method: PaymentMethod;
}

export interface PaidOrder extends Payment {
  readonly customerId: number;
  readonly amountCents: number;
  readonly pointsEarned: number;
}

/**
 * Pays an order, and runs another use case inside its transaction: the customer's loyalty points.
 *
 * Both commit together, each with its own event. Should the points be refused, only they are undone, their event
 * included, and the payment goes on; should the payment fail later, the points go with it.
 *
 * @throws {Refusal} `not_found`, `wrong_status`
 */
export class PayOrder extends UseCase<Payment, PaidOrder, PoolClient> {
  readonly #earnLoyaltyPoints: EarnLoyaltyPoints;

  constructor(transactions: Transactions<PoolClient>, options?: CaptureOptions) {
    super(transactions, options);
    this.#earnLoyaltyPoints = new EarnLoyaltyPoints(transactions, options);
  }

  protected async perform(payment: Payment, tx: PoolClient): Promise<PaidOrder> {
    const { orderId, method } = payment;
    const { customerId, totalCents } = await lockOrder(tx, orderId, ['placed']);
    await tx.query(`UPDATE storefront.orders SET status = 'paid' WHERE id = $1`, [orderId]);
    await tx.query('INSERT INTO storefront.payments (order_id, method, amount_cents) VALUES ($1, $2, $3)', [
      orderId,
      method,
      totalCents,
    ]);
    await tx.query(
      'UPDATE storefront.customers SET open_balance_cents = open_balance_cents - $2 WHERE id = $1',
      [customerId, totalCents],
    );
    const pointsEarned = await this.#earnPoints(orderId, customerId, totalCents, tx);
    return { orderId, method, customerId, amountCents: totalCents, pointsEarned };
  }

  /** A payment does not fail because of points: a refusal of theirs means none are earned. */
  async #earnPoints(
    orderId: number,
    customerId: number,
    totalCents: number,
    tx: PoolClient,
  ): Promise<number> {
    const points = Math.floor(totalCents / centsPerPoint);
    if (points === 0) return 0;
    try {
      await this.#earnLoyaltyPoints.execute({ orderId, customerId, points }, tx);
      return points;
    } catch (error) {
      if (error instanceof Refusal) return 0;
      throw error;
    }
  }

  protected override getLogEvent(paid: PaidOrder): LogEvent {
    return { eventType: 'order_paid', subject: `order:${String(paid.orderId)}`, eventContext: paid };
  }
}
