import { migrateDatabases } from 'waybill/worker';
import { deliveryOptions } from './delivery/deliveryOptions.js';

/** Creates the outbox in Postgres and the event log in ClickHouse. */
export async function migrate(databaseUrl: string, clickhouseUrl: string): Promise<void> {
  await migrateDatabases(deliveryOptions(databaseUrl, clickhouseUrl));
}
