import { migrateDatabases, openEventLogService, type Delivery } from 'waybill/worker';
import { insertRecords } from '../fillOutbox.js';
import type { BacklogTable, Contender, DrainResult, DrainSetup } from './contender.js';
import { serveDrains } from './serveDrains.js';

async function migrate({ databaseUrl, clickhouseUrl, clickhouseTable }: DrainSetup): Promise<void> {
  await migrateDatabases({ databaseUrl, clickhouseUrl, clickhouseTable });
}

const events: BacklogTable = {
  name: 'waybill',
  table: 'waybill.event',
  prepare: migrate,
  prepareCopy: migrate,
  fill: insertRecords,
};

/** Waybill as an application uses it: the service with its defaults, but for the batch size. */
export const waybill: Contender = {
  name: 'waybill',
  title: 'Waybill',
  module: new URL(import.meta.url),
  memoryOf: 'process',
  backlog: events,
};

export const serve = serveDrains((setup) => {
  const delivery = openEventLogService({
    databaseUrl: setup.databaseUrl,
    clickhouseUrl: setup.clickhouseUrl,
    clickhouseTable: setup.clickhouseTable,
    logEventsPartitionQuantity: setup.batchSize,
  });
  return Promise.resolve({
    drain: ({ isWarmUp, limitMs }) => run(delivery, isWarmUp ? limitMs : undefined),
    close: () => delivery.close(),
  });
});

/** What is measured runs until nothing is left, whatever the limit: the others are compared with what all of it took. */
async function run({ service }: Delivery, limitMs: number | undefined): Promise<DrainResult> {
  const startMs = performance.now();
  const report = await service.run(limitMs === undefined ? {} : { signal: AbortSignal.timeout(limitMs) });
  const elapsedMs = performance.now() - startMs;
  if (report.error !== undefined || (limitMs === undefined && report.endedBecause !== 'drained'))
    throw new Error(
      `Waybill's run ended because of ${report.endedBecause}: ${report.error?.text ?? 'no error'}.`,
    );
  return { rows: report.eventsDelivered, batches: report.batchesDelivered, elapsedMs };
}
