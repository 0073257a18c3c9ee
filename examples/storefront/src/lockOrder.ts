import type { PoolClient } from 'pg';
import { Refusal } from './refusal.js';

export type OrderStatus = 'placed' | 'paid' | 'shipped' | 'cancelled';

export interface LockedOrder {
  readonly status: OrderStatus;
  readonly customerId: number;
  readonly totalCents: number;
}

/**
 * Reads an order and keeps it from changing until the transaction ends.
 * @throws {Refusal} `not_found`, or `wrong_status` when its status is none of `allowed`
 */
export async function lockOrder(
  tx: PoolClient,
  orderId: number,
  allowed: readonly OrderStatus[],
): Promise<LockedOrder> {
  const { rows } = await tx.query<LockedOrder>(
    `SELECT status, customer_id AS "customerId", total_cents AS "totalCents"
     FROM storefront.orders WHERE id = $1 FOR UPDATE`,
    [orderId],
  );
  const order = rows[0];
  if (order === undefined) throw new Refusal('not_found', `There is no order ${String(orderId)}.`);
  if (!allowed.includes(order.status)) {
    throw new Refusal(
      'wrong_status',
      `Order ${String(orderId)} is ${order.status}; it must be ${allowed.join(' or ')}.`,
    );
  }
  return order;
}
