import type { Pool } from 'pg';
import { z } from 'zod';
import type { ExpectedEvent } from './eventKey.js';
import type { Ledger, OpenQuestion } from './ledger.js';
import {
  bookedDelivery,
  cancelledOrder,
  eventsOfCancellation,
  eventsOfDelivery,
  eventsOfOrder,
  eventsOfPayment,
  eventsOfRegistration,
  eventsOfShipment,
  paidOrder,
  placedOrder,
  registeredCustomer,
  shippedOrder,
} from './outcomes.js';

/** Of the requests whose outcome no client saw. */
export interface SettledQuestions {
  readonly asked: number;
  /** How many of them turned out to have been done. */
  readonly done: number;
}

/**
 * Answers the ledger's open questions from the shop's own tables: what is in them was committed, and its events must
 * be there. It may be called any time; the last time when the shop has no request under way any more.
 */
export async function settleOpenQuestions(ledger: Ledger, pool: Pool): Promise<SettledQuestions> {
  const questions = ledger.openQuestions;
  const orderIds = (about: OpenQuestion['about']): number[] =>
    questions.flatMap((question) =>
      question.about === about && 'orderId' in question ? [question.orderId] : [],
    );
  const emails = questions.flatMap((question) => (question.about === 'registration' ? [question.email] : []));
  const notes = questions.flatMap((question) =>
    question.about === 'delivery' ? [question.deliveryNote] : [],
  );
  const references = questions.flatMap((question) =>
    question.about === 'order' ? [question.reference] : [],
  );

  const happened: ExpectedEvent[][] = [
    ...(await find(pool, registeredCustomer, registrationsByEmail, emails)).map(eventsOfRegistration),
    ...(await find(pool, bookedDelivery, deliveriesByNote, notes)).map(eventsOfDelivery),
    ...(await find(pool, placedOrder, ordersByReference, references)).map(eventsOfOrder),
    ...(await find(pool, paidOrder, paymentsByOrder, orderIds('payment'))).map(eventsOfPayment),
    ...(await find(pool, shippedOrder, shipmentsByOrder, orderIds('shipment'))).map(eventsOfShipment),
    ...(await find(pool, cancelledOrder, cancellationsByOrder, orderIds('cancellation'))).map(
      eventsOfCancellation,
    ),
  ];
  for (const events of happened) ledger.expect(events);
  return { asked: questions.length, done: happened.length };
}

async function find<Shape extends z.ZodType>(
  pool: Pool,
  shape: Shape,
  text: string,
  keys: readonly (string | number)[],
): Promise<z.infer<Shape>[]> {
  const { rows } = await pool.query(text, [keys]);
  return z.array(shape).parse(rows);
}

const registrationsByEmail = `
  SELECT id AS "customerId", email, name, credit_limit_cents AS "creditLimitCents"
  FROM storefront.customers WHERE email = ANY ($1::text[])`;

const deliveriesByNote = `
  SELECT product_id AS "productId", quantity, delivery_note AS "deliveryNote"
  FROM storefront.deliveries WHERE delivery_note = ANY ($1::text[])`;

const ordersByReference = `
  SELECT orders.id AS "orderId", orders.reference, orders.customer_id AS "customerId",
         orders.total_cents AS "totalCents",
         json_agg(json_build_object('productId', line.product_id, 'quantity', line.quantity,
                                    'stockLeft', line.stock_left, 'reorderLevel', product.reorder_level)) AS lines
  FROM storefront.orders
  JOIN storefront.order_lines AS line ON line.order_id = orders.id
  JOIN storefront.products AS product ON product.id = line.product_id
  WHERE orders.reference = ANY ($1::text[])
  GROUP BY orders.id`;

const paymentsByOrder = `
  SELECT payment.order_id AS "orderId", orders.customer_id AS "customerId", payment.method,
         payment.amount_cents AS "amountCents", coalesce(entry.points, 0) AS "pointsEarned"
  FROM storefront.payments AS payment
  JOIN storefront.orders ON orders.id = payment.order_id
  LEFT JOIN storefront.loyalty_entries AS entry ON entry.order_id = payment.order_id
  WHERE payment.order_id = ANY ($1::integer[])`;

const shipmentsByOrder = `
  SELECT id AS "orderId", customer_id AS "customerId", carrier
  FROM storefront.orders WHERE status = 'shipped' AND id = ANY ($1::integer[])`;

const cancellationsByOrder = `
  SELECT orders.id AS "orderId", orders.customer_id AS "customerId", orders.cancel_reason AS reason,
         CASE WHEN payment.refunded_at IS NULL THEN 0 ELSE payment.amount_cents END AS "refundCents"
  FROM storefront.orders
  LEFT JOIN storefront.payments AS payment ON payment.order_id = orders.id
  WHERE orders.status = 'cancelled' AND orders.id = ANY ($1::integer[])`;
