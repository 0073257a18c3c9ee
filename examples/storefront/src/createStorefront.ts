import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import type { Pool } from 'pg';
import type { CaptureOptions } from 'waybill';
import { pgTransactions } from 'waybill/pg';
import { Refusal, type RefusalReason } from './refusal.js';
import { customerRoutes } from './routes/customers.js';
import { orderRoutes } from './routes/orders.js';
import { productRoutes } from './routes/products.js';
import { AddProduct } from './useCases/addProduct.js';
import { CancelOrder } from './useCases/cancelOrder.js';
import { PayOrder } from './useCases/payOrder.js';
import { PlaceOrder } from './useCases/placeOrder.js';
import { RegisterCustomer } from './useCases/registerCustomer.js';
import { RestockProduct } from './useCases/restockProduct.js';
import { ShipOrder } from './useCases/shipOrder.js';
import { ViewProduct } from './useCases/viewProduct.js';

const requestBytesMax = 65_536;

/** What each refusal is in HTTP: 404 it is not there, 409 it clashes with what is there, 422 a rule forbids it. */
const refusalStatus = {
  not_found: 404,
  email_taken: 409,
  sku_taken: 409,
  reference_taken: 409,
  delivery_note_taken: 409,
  out_of_stock: 409,
  wrong_status: 409,
  credit_limit_exceeded: 422,
  loyalty_limit_exceeded: 422,
} as const satisfies Record<RefusalReason, 404 | 409 | 422>;

export interface StorefrontOptions {
  /** How events are captured; the defaults suit most. */
  readonly capture?: CaptureOptions;
  /** Told of every error that is not a refusal. Default: writes it to stderr. */
  readonly onError?: (error: Error) => void;
}

/**
 * The shop over HTTP. Its tables must exist (`migrateStorefront`), and so must Waybill's.
 *
 * This is where Waybill comes in: one `pgTransactions` of the pool, handed to every use case. Nothing else in the
 * shop knows of an outbox, of batches or of ClickHouse.
 */
export function createStorefront(pool: Pool, options: StorefrontOptions = {}): Hono {
  const { capture, onError = writeError } = options;
  const transactions = pgTransactions(pool);
  let requestsUnderWay = 0;

  const app = new Hono();
  app.use(async (_context, next) => {
    requestsUnderWay += 1;
    try {
      await next();
    } finally {
      requestsUnderWay -= 1;
    }
  });
  app.use(bodyLimit({ maxSize: requestBytesMax }));

  app.get('/health', async (context) => {
    await pool.query('SELECT 1');
    return context.json({ status: 'ok', requestsUnderWay: requestsUnderWay - 1 }); // all but this one
  });
  app.route('/customers', customerRoutes({ registerCustomer: new RegisterCustomer(transactions, capture) }));
  app.route(
    '/products',
    productRoutes({
      addProduct: new AddProduct(transactions, capture),
      restockProduct: new RestockProduct(transactions, capture),
      viewProduct: new ViewProduct(transactions, capture),
    }),
  );
  app.route(
    '/orders',
    orderRoutes({
      placeOrder: new PlaceOrder(transactions, capture),
      payOrder: new PayOrder(transactions, capture),
      shipOrder: new ShipOrder(transactions, capture),
      cancelOrder: new CancelOrder(transactions, capture),
    }),
  );

  app.onError((error, context) => {
    if (error instanceof Refusal) {
      return context.json({ error: error.reason, message: error.message }, refusalStatus[error.reason]);
    }
    if (error instanceof HTTPException) return error.getResponse();
    onError(error);
    return context.json({ error: 'internal', message: 'Something went wrong; nothing was changed.' }, 500);
  });
  return app;
}

function writeError(error: Error): void {
  process.stderr.write(`${error.stack ?? error.message}\n`);
}
