import type pg from 'pg';
import { migrateDatabases, openEventLogService, type Delivery } from 'waybill/worker';
import { recordColumns, recordsQuery } from '../backlog.js';
import type { Serve } from '../processes/benchProcess.js';
import {
  warmUpBatchSize,
  warmUpRows,
  type Contender,
  type DrainOrder,
  type DrainResult,
  type DrainSetup,
} from './contender.js';

/** Waybill as an application uses it: the service with its defaults, but for the batch size. */
export const waybill: Contender = {
  name: 'waybill',
  title: 'Waybill',
  module: new URL(import.meta.url),
  memoryOf: 'process',
  warmUpRows,
  table: 'waybill.event',
  async prepare({ databaseUrl, clickhouseUrl, clickhouseTable }: DrainSetup, pool: pg.Pool) {
    await migrateDatabases({ databaseUrl, clickhouseUrl, clickhouseTable });
    await pool.query('SELECT'); // the meters' connection is there from the beginning, as for everybody
  },
  fill: (first, last) => `
    INSERT INTO waybill.event (${recordColumns})
    SELECT event_id, event_type, event_date_time, environment, event_context::json, metadata_version, subject, traceparent
    FROM (${recordsQuery(first, last)}) AS record`,
};

export const serve: Serve<DrainSetup, DrainOrder, DrainResult> = (setup) => {
  const open = (batchSize: number): Delivery =>
    openEventLogService({
      databaseUrl: setup.databaseUrl,
      clickhouseUrl: setup.clickhouseUrl,
      clickhouseTable: setup.clickhouseTable,
      logEventsPartitionQuantity: batchSize,
    });
  let delivery = open(warmUpBatchSize);
  return Promise.resolve({
    async handle(order) {
      const result = await run(delivery);
      if (order.kind === 'warmUp') {
        await delivery.close();
        delivery = open(setup.batchSize);
      }
      return result;
    },
    close: () => delivery.close(),
  });
};

/** Until nothing is left, whatever the limit: the others are compared with what all of it took. */
async function run({ service }: Delivery): Promise<DrainResult> {
  const startMs = performance.now();
  const report = await service.run();
  const elapsedMs = performance.now() - startMs;
  if (report.endedBecause !== 'drained')
    throw new Error(
      `Waybill's run ended because of ${report.endedBecause}: ${report.error?.text ?? 'no error'}.`,
    );
  return { rows: report.eventsDelivered, batches: report.batchesDelivered, elapsedMs, foundNothing: true };
}
