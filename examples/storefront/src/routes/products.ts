import { zValidator } from '@hono/zod-validator';
import { Hono } from 'hono';
import { z } from 'zod';
import type { AddProduct } from '../useCases/addProduct.js';
import type { RestockProduct } from '../useCases/restockProduct.js';
import type { ViewProduct } from '../useCases/viewProduct.js';
import { idParameter, line } from './fields.js';

const quantityMax = 1_000_000;

const newProduct = z.strictObject({
  sku: line(64),
  name: line(200),
  priceCents: z.int().min(1).max(1_000_000),
  stock: z.int().min(0).max(quantityMax),
  reorderLevel: z.int().min(0).max(quantityMax),
});

const delivery = z.strictObject({
  quantity: z.int().min(1).max(quantityMax),
  deliveryNote: line(64),
});

export function productRoutes(useCases: {
  readonly addProduct: AddProduct;
  readonly restockProduct: RestockProduct;
  readonly viewProduct: ViewProduct;
}): Hono {
  const product = zValidator('param', idParameter);
  const routes = new Hono();
  routes.post('/', zValidator('json', newProduct), async (context) =>
    context.json(await useCases.addProduct.execute(context.req.valid('json')), 201),
  );
  routes.get('/:id', product, async (context) =>
    context.json(await useCases.viewProduct.execute({ productId: context.req.valid('param').id })),
  );
  routes.post('/:id/deliveries', product, zValidator('json', delivery), async (context) => {
    const productId = context.req.valid('param').id;
    return context.json(
      await useCases.restockProduct.execute({ productId, ...context.req.valid('json') }),
      201,
    );
  });
  return routes;
}
