import type { PoolClient } from 'pg';
import { UseCase, type LogEvent } from 'waybill';
import { Refusal } from '../refusal.js';

/** No customer holds more points than this. */
export const loyaltyPointsMax = 500;

export interface LoyaltyEntry {
  readonly orderId: number;
  readonly customerId: number;
  readonly points: number;
}

export interface EarnedPoints extends LoyaltyEntry {
  /** The customer's points, these included. */
  readonly balance: number;
}

/**
 * Credits points for an order. It knows nothing of who calls it: alone it is a transaction of its own, inside
 * `PayOrder` it is part of the payment.
 * @throws {Refusal} `loyalty_limit_exceeded`, after writing
 */
export class EarnLoyaltyPoints extends UseCase<LoyaltyEntry, EarnedPoints, PoolClient> {
  protected async perform(entry: LoyaltyEntry, tx: PoolClient): Promise<EarnedPoints> {
    const { orderId, customerId, points } = entry;
    const { rows } = await tx.query<{ balance: number }>(
      `UPDATE storefront.customers SET loyalty_points = loyalty_points + $2 WHERE id = $1
       RETURNING loyalty_points AS balance`,
      [customerId, points],
    );
    await tx.query(
      'INSERT INTO storefront.loyalty_entries (order_id, customer_id, points) VALUES ($1, $2, $3)',
      [orderId, customerId, points],
    );
    const balance = rows[0]?.balance ?? 0;
    if (balance > loyaltyPointsMax) {
      throw new Refusal(
        'loyalty_limit_exceeded',
        `Customer ${String(customerId)} would hold ${String(balance)} points; the limit is ${String(loyaltyPointsMax)}.`,
      );
    }
    return { orderId, customerId, points, balance };
  }

  protected override getLogEvent(earned: EarnedPoints): LogEvent {
    return {
      eventType: 'loyalty_points_earned',
      subject: `customer:${String(earned.customerId)}`,
      eventContext: earned,
    };
  }
}
