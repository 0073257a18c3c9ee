import type { PoolClient } from 'pg';
import { UseCase, type LogEvent } from 'waybill';
import { Refusal } from '../refusal.js';
import { takeFromStock, type OrderLine, type TakenLine } from '../takeFromStock.js';

export interface OrderRequest {
  /** The client's own name for the order. Sent again, it answers with the order that exists. */
  readonly reference: string;
  readonly customerId: number;
  readonly lines: readonly OrderLine[];
}

export interface PlacedOrder {
  readonly orderId: number;
  readonly reference: string;
  readonly customerId: number;
  readonly totalCents: number;
  readonly lines: readonly TakenLine[];
  /** The order had been placed by an earlier request with the same reference; nothing was changed. */
  readonly repeated: boolean;
}

/**
 * Places an order: writes it with its lines, takes the goods from stock, adds the total to what the customer owes.
 * One order leaves several events: `order_placed`, and `stock_low` for each product whose stock became low by it.
 *
 * The credit limit is checked last, after everything is written. That is on purpose, and safe: a throw undoes the
 * order, the stock and the balance, and no event is left of what did not happen.
 *
 * @throws {Refusal} `not_found`, `reference_taken`, `out_of_stock`, `credit_limit_exceeded`
 */
export class PlaceOrder extends UseCase<OrderRequest, PlacedOrder, PoolClient> {
  protected async perform(request: OrderRequest, tx: PoolClient): Promise<PlacedOrder> {
    const { reference, customerId } = request;
    await requireCustomer(tx, customerId);
    const { rows } = await tx.query<{ id: number }>(
      `INSERT INTO storefront.orders (reference, customer_id) VALUES ($1, $2)
       ON CONFLICT (reference) DO NOTHING
       RETURNING id`,
      [reference, customerId],
    );
    const orderId = rows[0]?.id;
    if (orderId === undefined) return findPlacedOrder(tx, request);

    const lines = await takeFromStock(tx, request.lines);
    const totalCents = lines.reduce((total, line) => total + line.priceCents * line.quantity, 0);
    await writeLines(tx, orderId, lines);
    await tx.query('UPDATE storefront.orders SET total_cents = $2 WHERE id = $1', [orderId, totalCents]);
    await chargeCustomer(tx, customerId, totalCents);
    return { orderId, reference, customerId, totalCents, lines, repeated: false };
  }

  protected override getLogEvent(order: PlacedOrder): LogEvent[] | undefined {
    if (order.repeated) return undefined; // nothing happened that is worth an entry

    const { orderId, reference, customerId, totalCents, lines } = order;
    const orderPlaced: LogEvent = {
      eventType: 'order_placed',
      subject: `order:${String(orderId)}`,
      eventContext: {
        orderId,
        reference,
        customerId,
        totalCents,
        lines: lines.map(({ productId, quantity, priceCents }) => ({ productId, quantity, priceCents })),
      },
    };
    const stockLow = lines
      .filter((line) => line.becameLow)
      .map(({ productId, stockLeft, reorderLevel }): LogEvent => ({
        eventType: 'stock_low',
        subject: `product:${String(productId)}`,
        eventContext: { productId, orderId, reference, stockLeft, reorderLevel },
      }));
    return [orderPlaced, ...stockLow];
  }
}

async function requireCustomer(tx: PoolClient, customerId: number): Promise<void> {
  const { rowCount } = await tx.query('SELECT FROM storefront.customers WHERE id = $1', [customerId]);
  if (rowCount === 0) throw new Refusal('not_found', `There is no customer ${String(customerId)}.`);
}

async function findPlacedOrder(tx: PoolClient, request: OrderRequest): Promise<PlacedOrder> {
  const { reference, customerId } = request;
  const { rows } = await tx.query<{ orderId: number; totalCents: number; lines: TakenLine[] }>(
    `SELECT orders.id AS "orderId", orders.total_cents AS "totalCents",
            (SELECT json_agg(json_build_object(
                      'productId', line.product_id, 'quantity', line.quantity, 'priceCents', line.price_cents,
                      'stockLeft', line.stock_left, 'reorderLevel', product.reorder_level, 'becameLow', false))
             FROM storefront.order_lines AS line JOIN storefront.products AS product ON product.id = line.product_id
             WHERE line.order_id = orders.id) AS lines
     FROM storefront.orders
     WHERE reference = $1 AND customer_id = $2`,
    [reference, customerId],
  );
  const order = rows[0];
  if (order === undefined) {
    throw new Refusal('reference_taken', `Another customer has an order with the reference ${reference}.`);
  }
  return { ...order, reference, customerId, repeated: true };
}

async function writeLines(tx: PoolClient, orderId: number, lines: readonly TakenLine[]): Promise<void> {
  await tx.query(
    `INSERT INTO storefront.order_lines (order_id, product_id, quantity, price_cents, stock_left)
     SELECT $1, * FROM unnest($2::integer[], $3::integer[], $4::integer[], $5::integer[])`,
    [
      orderId,
      lines.map((line) => line.productId),
      lines.map((line) => line.quantity),
      lines.map((line) => line.priceCents),
      lines.map((line) => line.stockLeft),
    ],
  );
}

async function chargeCustomer(tx: PoolClient, customerId: number, totalCents: number): Promise<void> {
  const { rows } = await tx.query<{ balance: number; creditLimit: number }>(
    `UPDATE storefront.customers SET open_balance_cents = open_balance_cents + $2 WHERE id = $1
     RETURNING open_balance_cents AS balance, credit_limit_cents AS "creditLimit"`,
    [customerId, totalCents],
  );
  const customer = rows[0];
  if (customer !== undefined && customer.balance > customer.creditLimit) {
    throw new Refusal(
      'credit_limit_exceeded',
      `With this order customer ${String(customerId)} would owe ${String(customer.balance)} cents; ` +
        `the credit limit is ${String(customer.creditLimit)}.`,
    );
  }
}
