import { createStorefront, migrateStorefront } from '@waybill/example-storefront';
import { createDatabases } from '../../../test/support/databases.js';

export interface CapturedEvent {
  readonly eventType: string;
  readonly subject: string | null;
  readonly eventContext: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A shop of one test's own, spoken to as over HTTP, with its outbox laid open. */
export interface OpenShop {
  post(path: string, body: unknown): Promise<Answer>;
  get(path: string): Promise<Answer>;
  /** All events in the outbox, oldest first. */
  events(): Promise<CapturedEvent[]>;
  /** The events captured while `work` ran. */
  eventsOf(work: () => Promise<unknown>): Promise<CapturedEvent[]>;
  query<Row extends object>(text: string): Promise<Row[]>;
  /** Registers a customer and adds a product; returns their ids. */
  furnish(options?: { creditLimitCents?: number; stock?: number; reorderLevel?: number }): Promise<{
    customerId: number;
    productId: number;
  }>;
  /** Errors that were answered with 500. */
  readonly errors: Error[];
  close(): Promise<void>;
}

export async function openShop(): Promise<OpenShop> {
  const databases = await createDatabases();
  const { pool } = databases;
  await migrateStorefront(pool);
  const errors: Error[] = [];
  const app = createStorefront(pool, {
    capture: { environment: 'test' },
    onError: (error) => errors.push(error),
  });

  async function ask(path: string, init?: RequestInit): Promise<Answer> {
    const response = await app.request(path, init);
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }
  const post = (path: string, body: unknown): Promise<Answer> =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  async function events(): Promise<CapturedEvent[]> {
    const { rows } = await pool.query<CapturedEvent>(
      `SELECT event_type AS "eventType", subject, event_context AS "eventContext" FROM waybill.event ORDER BY id`,
    );
    return rows;
  }

  return {
    post,
    get: (path) => ask(path),
    events,
    async eventsOf(work) {
      const before = await events();
      await work();
      return (await events()).slice(before.length);
    },
    query: async <Row extends object>(text: string) => (await pool.query<Row>(text)).rows,
    async furnish({ creditLimitCents = 100_000, stock = 10, reorderLevel = 2 } = {}) {
      const customer = await post('/customers', {
        email: 'ada@example.org',
        name: 'Ada',
        creditLimitCents,
      });
      const product = await post('/products', {
        sku: 'LAMP',
        name: 'Lamp',
        priceCents: 2_500,
        stock,
        reorderLevel,
      });
      return {
        customerId: Number(customer.body['customerId']),
        productId: Number(product.body['productId']),
      };
    },
    errors,
    close: () => databases.drop(),
  };
}
