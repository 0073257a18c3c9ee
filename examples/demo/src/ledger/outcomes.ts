import { z } from 'zod';
import type { ExpectedEvent } from './eventKey.js';

/**
 * What happened in the shop, told by its answer to a client or, where no client saw one, by its tables; and the events
 * that must follow from it. This is the shop's contract written down a second time, on purpose: a use case that forgot
 * an event would not agree with it.
 */
export const registeredCustomer = z.object({
  customerId: z.int(),
  email: z.string(),
  name: z.string(),
  creditLimitCents: z.int(),
});

export const addedProduct = z.object({
  productId: z.int(),
  sku: z.string(),
  name: z.string(),
  priceCents: z.int(),
  stock: z.int(),
});

export const bookedDelivery = z.object({
  productId: z.int(),
  quantity: z.int(),
  deliveryNote: z.string(),
});

export const placedOrder = z.object({
  orderId: z.int(),
  reference: z.string(),
  customerId: z.int(),
  totalCents: z.int(),
  lines: z.array(
    z.object({
      productId: z.int(),
      quantity: z.int(),
      stockLeft: z.int(),
      reorderLevel: z.int(),
    }),
  ),
});

export const paidOrder = z.object({
  orderId: z.int(),
  customerId: z.int(),
  method: z.string(),
  amountCents: z.int(),
  pointsEarned: z.int(),
});

export const shippedOrder = z.object({ orderId: z.int(), customerId: z.int(), carrier: z.string() });

export const cancelledOrder = z.object({
  orderId: z.int(),
  customerId: z.int(),
  reason: z.string(),
  refundCents: z.int(),
});

export type PlacedOrderOutcome = z.infer<typeof placedOrder>;

export function eventsOfRegistration(customer: z.infer<typeof registeredCustomer>): ExpectedEvent[] {
  const subject = `customer:${String(customer.customerId)}`;
  return [{ eventType: 'customer_registered', subject, context: customer }];
}

export function eventsOfProduct(product: z.infer<typeof addedProduct>): ExpectedEvent[] {
  return [{ eventType: 'product_added', subject: `product:${String(product.productId)}`, context: product }];
}

export function eventsOfDelivery(delivery: z.infer<typeof bookedDelivery>): ExpectedEvent[] {
  const subject = `product:${String(delivery.productId)}`;
  return [{ eventType: 'product_restocked', subject, context: delivery }];
}

export function eventsOfOrder(order: PlacedOrderOutcome): ExpectedEvent[] {
  const { orderId, reference, lines } = order;
  const placed: ExpectedEvent = {
    eventType: 'order_placed',
    subject: `order:${String(orderId)}`,
    context: order,
  };
  const low = productsThatBecameLow(lines).map(({ productId, stockLeft }): ExpectedEvent => ({
    eventType: 'stock_low',
    subject: `product:${String(productId)}`,
    context: { productId, orderId, reference, stockLeft },
  }));
  return [placed, ...low];
}

/** The lines that took a product's stock from above its reorder level to it or below. */
export function productsThatBecameLow(lines: PlacedOrderOutcome['lines']): PlacedOrderOutcome['lines'] {
  return lines.filter(
    ({ stockLeft, quantity, reorderLevel }) =>
      stockLeft <= reorderLevel && stockLeft + quantity > reorderLevel,
  );
}

export function eventsOfPayment(payment: z.infer<typeof paidOrder>): ExpectedEvent[] {
  const { orderId, customerId, pointsEarned } = payment;
  const paid: ExpectedEvent = {
    eventType: 'order_paid',
    subject: `order:${String(orderId)}`,
    context: payment,
  };
  if (pointsEarned === 0) return [paid];
  const context = { orderId, customerId, points: pointsEarned };
  return [paid, { eventType: 'loyalty_points_earned', subject: `customer:${String(customerId)}`, context }];
}

export function eventsOfShipment(shipment: z.infer<typeof shippedOrder>): ExpectedEvent[] {
  return [{ eventType: 'order_shipped', subject: `order:${String(shipment.orderId)}`, context: shipment }];
}

export function eventsOfCancellation(cancellation: z.infer<typeof cancelledOrder>): ExpectedEvent[] {
  const { orderId, customerId, refundCents } = cancellation;
  const subject = `order:${String(orderId)}`;
  const cancelled: ExpectedEvent = { eventType: 'order_cancelled', subject, context: cancellation };
  if (refundCents === 0) return [cancelled];
  return [
    cancelled,
    { eventType: 'payment_refunded', subject, context: { orderId, customerId, refundCents } },
  ];
}
