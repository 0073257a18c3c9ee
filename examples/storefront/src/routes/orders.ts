import { zValidator } from '@hono/zod-validator';
import { Hono } from 'hono';
import { z } from 'zod';
import type { CancelOrder } from '../useCases/cancelOrder.js';
import type { PayOrder } from '../useCases/payOrder.js';
import type { PlaceOrder } from '../useCases/placeOrder.js';
import type { ShipOrder } from '../useCases/shipOrder.js';
import { idParameter, line } from './fields.js';

const orderLinesMax = 20;

const orderLine = z.strictObject({
  productId: z.int().min(1).max(2_147_483_647),
  quantity: z.int().min(1).max(100),
});

const orderRequest = z.strictObject({
  reference: line(64),
  customerId: z.int().min(1).max(2_147_483_647),
  lines: z
    .array(orderLine)
    .min(1)
    .max(orderLinesMax)
    .refine((lines) => new Set(lines.map(({ productId }) => productId)).size === lines.length, {
      error: 'names a product twice',
    }),
});

const payment = z.strictObject({ method: z.enum(['card', 'transfer', 'voucher']) });
const shipment = z.strictObject({ carrier: line(100) });
const cancellation = z.strictObject({ reason: line(1_000) });

export function orderRoutes(useCases: {
  readonly placeOrder: PlaceOrder;
  readonly payOrder: PayOrder;
  readonly shipOrder: ShipOrder;
  readonly cancelOrder: CancelOrder;
}): Hono {
  const order = zValidator('param', idParameter);
  const routes = new Hono();
  routes.post('/', zValidator('json', orderRequest), async (context) => {
    const placed = await useCases.placeOrder.execute(context.req.valid('json'));
    return context.json(placed, placed.repeated ? 200 : 201);
  });
  routes.post('/:id/payment', order, zValidator('json', payment), async (context) => {
    const orderId = context.req.valid('param').id;
    return context.json(await useCases.payOrder.execute({ orderId, ...context.req.valid('json') }), 201);
  });
  routes.post('/:id/shipment', order, zValidator('json', shipment), async (context) => {
    const orderId = context.req.valid('param').id;
    return context.json(await useCases.shipOrder.execute({ orderId, ...context.req.valid('json') }), 201);
  });
  routes.post('/:id/cancellation', order, zValidator('json', cancellation), async (context) => {
    const orderId = context.req.valid('param').id;
    return context.json(await useCases.cancelOrder.execute({ orderId, ...context.req.valid('json') }), 201);
  });
  return routes;
}
