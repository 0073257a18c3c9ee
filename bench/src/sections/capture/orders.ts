import type { PoolClient } from 'pg';

/** The business change that all ways make: one row. */
export interface OrderRequest {
  readonly customerId: string;
  readonly totalCents: number;
  readonly traceparent: string;
}

/** What happened. With it an event is about 337 bytes, as one line of COPY in text format. */
export interface OrderPlaced {
  readonly orderId: string;
  readonly customerId: string;
  readonly totalCents: number;
  readonly currency: 'EUR';
  readonly items: readonly { readonly sku: string; readonly quantity: number; readonly cents: number }[];
}

export const eventType = 'order_placed';
export const environment = 'production';
export const metadataVersion = 1;

export function subjectOf(placed: OrderPlaced): string {
  return `order:${placed.orderId}`;
}

let requests = 0;

export function nextOrderRequest(): OrderRequest {
  requests += 1;
  const number = String(requests).padStart(16, '0');
  return {
    customerId: `customer-${number.slice(-6)}`,
    totalCents: 10_000 + (requests % 9_000),
    traceparent: `00-4bf92f3577b34da6${number}-${number}-01`,
  };
}

export async function insertOrder(client: PoolClient, request: OrderRequest): Promise<OrderPlaced> {
  const { customerId, totalCents } = request;
  const { rows } = await client.query<{ id: string }>(
    'INSERT INTO orders (customer_id, total_cents) VALUES ($1, $2) RETURNING id',
    [customerId, totalCents],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('The order was not stored.');
  return {
    orderId: row.id,
    customerId,
    totalCents,
    currency: 'EUR',
    items: [
      { sku: 'chair-oak', quantity: 1, cents: totalCents - 1_990 },
      { sku: 'cushion-grey', quantity: 2, cents: 995 },
    ],
  };
}
