import { z } from 'zod';

/**
 * For each type of event: the field of its context by which the client that asked for it knows it beforehand, and the
 * fields that must hold what the shop told that client. What is checked is the event itself, not only that there is one.
 */
const checkedFields = {
  customer_registered: { identity: 'email', facts: ['customerId', 'name', 'creditLimitCents'] },
  product_added: { identity: 'sku', facts: ['productId', 'name', 'priceCents', 'stock'] },
  product_restocked: { identity: 'deliveryNote', facts: ['productId', 'quantity'] },
  order_placed: { identity: 'reference', facts: ['orderId', 'customerId', 'totalCents'] },
  stock_low: { identity: 'reference', facts: ['orderId', 'productId', 'stockLeft'] },
  order_paid: { identity: 'orderId', facts: ['customerId', 'method', 'amountCents', 'pointsEarned'] },
  loyalty_points_earned: { identity: 'orderId', facts: ['customerId', 'points'] },
  order_shipped: { identity: 'orderId', facts: ['customerId', 'carrier'] },
  order_cancelled: { identity: 'orderId', facts: ['customerId', 'reason'] },
  payment_refunded: { identity: 'orderId', facts: ['customerId', 'refundCents'] },
} as const;

export type EventType = keyof typeof checkedFields;
export const eventTypes = Object.keys(checkedFields) as readonly EventType[];

/** An event that must be in the event log, with every field that is checked. */
export interface ExpectedEvent {
  readonly eventType: EventType;
  readonly subject: string;
  readonly context: Readonly<Record<string, unknown>>;
}

/** A row of the event log, as ClickHouse gives it. */
export const eventLogRow = z.object({
  event_type: z.string(),
  subject: z.string().nullable(),
  event_context: z.string(),
});
export type EventLogRow = z.infer<typeof eventLogRow>;

/** Text that is equal for an expected event and for the row that tells of it, and for no others. */
export function expectedKey({ eventType, subject, context }: ExpectedEvent): string {
  return JSON.stringify([eventType, subject, ...checkedValues(eventType, context)]);
}

/** Of a row: its key, and the identity that a refused request would have given it. */
export function rowKeys(row: EventLogRow): { readonly key: string; readonly identity: string } {
  const { event_type: eventType, subject } = row;
  const context = parseContext(row.event_context);
  if (context === undefined || !isEventType(eventType)) {
    const key = JSON.stringify([eventType, subject, row.event_context]); // equal to no expected one
    return { key, identity: key };
  }
  return {
    key: JSON.stringify([eventType, subject, ...checkedValues(eventType, context)]),
    identity: identityKey(eventType, context[checkedFields[eventType].identity]),
  };
}

export function identityKey(eventType: EventType, value: unknown): string {
  return JSON.stringify([eventType, value]);
}

function checkedValues(eventType: EventType, context: Readonly<Record<string, unknown>>): unknown[] {
  const { identity, facts } = checkedFields[eventType];
  return [identity, ...facts].map((field) => context[field] ?? null);
}

function isEventType(text: string): text is EventType {
  return Object.hasOwn(checkedFields, text);
}

function parseContext(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
