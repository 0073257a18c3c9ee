import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openShop, type OpenShop } from './openShop.js';

let shop: OpenShop;

beforeEach(async () => {
  shop = await openShop();
});

afterEach(async () => {
  expect(shop.errors).toEqual([]);
  await shop.close();
});

async function placeOrder(
  line: { customerId: number; productId: number },
  quantity = 1,
  reference = 'web-1',
) {
  const { customerId, productId } = line;
  const placed = await shop.post('/orders', { reference, customerId, lines: [{ productId, quantity }] });
  return { ...placed, orderId: Number(placed.body['orderId']) };
}

const types = (events: readonly { eventType: string }[]): string[] => events.map((event) => event.eventType);

describe('each use case leaves exactly its events', () => {
  it('registering a customer leaves customer_registered, its text untouched', async () => {
    const name = 'Zoë "Ω" \\N\t‏שלום‏ 👩‍🚀';
    const registration = { email: 'zoe@example.org', name, creditLimitCents: 5_000 };
    const events = await shop.eventsOf(async () => {
      expect(await shop.post('/customers', registration)).toMatchObject({ status: 201 });
    });
    expect(events).toEqual([
      {
        eventType: 'customer_registered',
        subject: 'customer:1',
        eventContext: { customerId: 1, ...registration },
      },
    ]);
  });

  it('adding a product leaves product_added, restocking it product_restocked', async () => {
    const { productId } = await shop.furnish();
    const delivery = { quantity: 40, deliveryNote: 'DN-7' };
    const restocked = await shop.post(`/products/${String(productId)}/deliveries`, delivery);
    expect(restocked).toMatchObject({ status: 201, body: { stock: 50 } });
    const events = await shop.events();
    expect(types(events)).toEqual(['customer_registered', 'product_added', 'product_restocked']);
    expect(events[2]).toEqual({
      eventType: 'product_restocked',
      subject: 'product:1',
      eventContext: { productId, ...delivery, stock: 50 },
    });
  });

  it('an order leaves order_placed, and stock_low only when stock crosses the reorder level', async () => {
    const shelf = await shop.furnish({ stock: 10, reorderLevel: 5 });
    const above = await shop.eventsOf(() => placeOrder(shelf, 4, 'web-1'));
    const crossing = await shop.eventsOf(() => placeOrder(shelf, 2, 'web-2'));
    const below = await shop.eventsOf(() => placeOrder(shelf, 1, 'web-3'));
    expect([types(above), types(crossing), types(below)]).toEqual([
      ['order_placed'],
      ['order_placed', 'stock_low'],
      ['order_placed'],
    ]);
    expect(crossing[1]).toEqual({
      eventType: 'stock_low',
      subject: 'product:1',
      eventContext: { productId: 1, orderId: 2, reference: 'web-2', stockLeft: 4, reorderLevel: 5 },
    });
  });

  it('shipping leaves order_shipped; cancelling leaves order_cancelled, and payment_refunded if it was paid', async () => {
    const shelf = await shop.furnish();
    for (const reference of ['shipped', 'paid', 'unpaid']) await placeOrder(shelf, 1, reference);
    await shop.post('/orders/1/payment', { method: 'transfer' });
    await shop.post('/orders/2/payment', { method: 'transfer' });
    const shipped = await shop.eventsOf(() => shop.post('/orders/1/shipment', { carrier: 'Pigeon' }));
    const paid = await shop.eventsOf(() => shop.post('/orders/2/cancellation', { reason: 'too late' }));
    const unpaid = await shop.eventsOf(() => shop.post('/orders/3/cancellation', { reason: 'too dear' }));
    expect([types(shipped), types(paid), types(unpaid)]).toEqual([
      ['order_shipped'],
      ['order_cancelled', 'payment_refunded'],
      ['order_cancelled'],
    ]);
    const [product] = await shop.query('SELECT stock FROM storefront.products');
    expect(product).toEqual({ stock: 9 });
  });

  it('viewing a product writes, but has no getLogEvent and leaves none', async () => {
    const { productId } = await shop.furnish();
    const events = await shop.eventsOf(async () => {
      await shop.get(`/products/${String(productId)}`);
      const viewed = await shop.get(`/products/${String(productId)}`);
      expect(viewed).toMatchObject({ status: 200, body: { sku: 'LAMP', viewsToday: 2 } });
    });
    expect(events).toEqual([]);
  });

  it('the same reference again answers with the first order and leaves nothing more', async () => {
    const shelf = await shop.furnish();
    const first = await placeOrder(shelf, 3);
    const events = await shop.eventsOf(async () => {
      const again = await placeOrder(shelf, 3);
      expect(again).toMatchObject({ status: 200, orderId: first.orderId, body: { totalCents: 7_500 } });
    });
    expect(events).toEqual([]);
  });
});

describe('a refused request leaves no row and no event', () => {
  it('when the credit limit is found broken after everything was written', async () => {
    const shelf = await shop.furnish({ creditLimitCents: 4_999 });
    const events = await shop.eventsOf(async () => {
      const refused = await placeOrder(shelf, 2);
      expect(refused).toMatchObject({ status: 422, body: { error: 'credit_limit_exceeded' } });
    });
    expect(events).toEqual([]);
    const [left] = await shop.query(
      `SELECT (SELECT count(*)::int FROM storefront.orders) AS orders,
              (SELECT count(*)::int FROM storefront.order_lines) AS lines,
              (SELECT stock FROM storefront.products) AS stock,
              (SELECT open_balance_cents FROM storefront.customers) AS balance`,
    );
    expect(left).toEqual({ orders: 0, lines: 0, stock: 10, balance: 0 });
    expect((await placeOrder(shelf, 1)).status).toBe(201); // the reference is free again
  });

  it.each([
    [
      'an e-mail address that is taken',
      '/customers',
      { email: 'ada@example.org', name: 'A', creditLimitCents: 0 },
      409,
    ],
    ['a delivery note that is booked', '/products/1/deliveries', { quantity: 1, deliveryNote: 'DN-1' }, 409],
    [
      'more than is in stock',
      '/orders',
      { reference: 'r', customerId: 1, lines: [{ productId: 1, quantity: 99 }] },
      409,
    ],
    [
      'a customer who is not there',
      '/orders',
      { reference: 'r', customerId: 9, lines: [{ productId: 1, quantity: 1 }] },
      404,
    ],
    ['an order that is not paid', '/orders/1/shipment', { carrier: 'Pigeon' }, 409],
    ['an order that is not there', '/orders/9/payment', { method: 'card' }, 404],
    ['a body that breaks a rule', '/orders/1/payment', { method: 'shells' }, 400],
    ['text that Postgres cannot hold', '/orders/1/cancellation', { reason: 'a\0b' }, 400],
  ])('for %s', async (_what, path, body, status) => {
    const shelf = await shop.furnish();
    await shop.post('/products/1/deliveries', { quantity: 1, deliveryNote: 'DN-1' });
    await placeOrder(shelf);
    const events = await shop.eventsOf(async () => {
      expect(await shop.post(path, body)).toMatchObject({ status });
    });
    expect(events).toEqual([]);
  });
});

describe('a use case inside another', () => {
  it('commits with it, each with its own event', async () => {
    await placeOrder(await shop.furnish(), 2);
    const events = await shop.eventsOf(async () => {
      expect(await shop.post('/orders/1/payment', { method: 'card' })).toMatchObject({
        status: 201,
        body: { pointsEarned: 5 },
      });
    });
    expect(events).toEqual([
      {
        eventType: 'loyalty_points_earned',
        subject: 'customer:1',
        eventContext: { orderId: 1, customerId: 1, points: 5, balance: 5 },
      },
      {
        eventType: 'order_paid',
        subject: 'order:1',
        eventContext: { orderId: 1, method: 'card', customerId: 1, amountCents: 5_000, pointsEarned: 5 },
      },
    ]);
  });

  it('undoes only its own part when it is refused after writing', async () => {
    await placeOrder(await shop.furnish(), 2);
    await shop.query('UPDATE storefront.customers SET loyalty_points = 499');
    const events = await shop.eventsOf(() => shop.post('/orders/1/payment', { method: 'card' }));
    expect(types(events)).toEqual(['order_paid']);
    expect(await shop.query('SELECT loyalty_points, open_balance_cents FROM storefront.customers')).toEqual([
      { loyalty_points: 499, open_balance_cents: 0 },
    ]);
    expect(await shop.query('SELECT FROM storefront.loyalty_entries')).toEqual([]);
  });
});

it('health counts the requests under way, itself apart', async () => {
  expect(await shop.get('/health')).toEqual({ status: 200, body: { status: 'ok', requestsUnderWay: 0 } });
});
