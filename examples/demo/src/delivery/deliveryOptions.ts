import type { GivenOptions } from 'waybill/worker';

/** Where the demo's events wait, and where they are delivered: whatever the environment of this machine says. */
export const eventLogDatabase = 'default';
export const eventLogTable = 'event_log';
export const outboxSchema = 'waybill';

/** What the migrations and the worker must agree on. */
export function deliveryOptions(databaseUrl: string, clickhouseUrl: string): GivenOptions {
  return {
    databaseUrl,
    clickhouseUrl,
    schema: outboxSchema,
    clickhouseDatabase: eventLogDatabase,
    clickhouseTable: eventLogTable,
    clickhouseEngine: 'MergeTree',
  };
}
