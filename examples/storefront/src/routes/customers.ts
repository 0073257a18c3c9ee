import { zValidator } from '@hono/zod-validator';
import { Hono } from 'hono';
import { z } from 'zod';
import type { RegisterCustomer } from '../useCases/registerCustomer.js';
import { centsMax, line } from './fields.js';

const registration = z.strictObject({
  email: z.email().max(254),
  name: line(200),
  creditLimitCents: z.int().min(0).max(centsMax),
});

export function customerRoutes(useCases: { readonly registerCustomer: RegisterCustomer }): Hono {
  const routes = new Hono();
  routes.post('/', zValidator('json', registration), async (context) =>
    context.json(await useCases.registerCustomer.execute(context.req.valid('json')), 201),
  );
  return routes;
}
