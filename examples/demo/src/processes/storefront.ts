/** The shop as a process of its own. */
import { startStorefront } from '@waybill/example-storefront';
import { outboxSchema } from '../delivery/deliveryOptions.js';
import { runAsChild } from './runAsChild.js';

await runAsChild(() =>
  startStorefront({
    databaseUrl: process.env['DATABASE_URL'] ?? '',
    port: 0,
    connectionsMax: 16,
    capture: { schema: outboxSchema, environment: 'demo' },
  }),
);
