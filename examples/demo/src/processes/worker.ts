/**
 * Waybill's worker as a process of its own, with intervals for people who watch. In production the defaults, batches
 * of 1,000 every 10 minutes, are the better start.
 */
import { createWorker, type Logger } from 'waybill/worker';
import { deliveryOptions } from '../delivery/deliveryOptions.js';
import { runAsChild } from './runAsChild.js';

const minuteMs = 60_000;
const sendingIntervalMs = 200;
const maxWaitMs = 100;
/** Cleaning removes what is delivered while the traffic runs, which must disturb nobody. */
const cleaningIntervalMs = 5_000;

const say = (fields: object, message: string): void => {
  const cause = 'err' in fields && fields.err instanceof Error ? `: ${fields.err.message}` : '';
  process.stderr.write(`${message}${cause}\n`);
};
const logger: Logger = { debug: () => undefined, info: () => undefined, warn: say, error: say };

await runAsChild(async () => {
  const worker = createWorker({
    ...deliveryOptions(process.env['DATABASE_URL'] ?? '', process.env['CLICKHOUSE_URL'] ?? ''),
    logSendingFrequencyInMinutes: sendingIntervalMs / minuteMs,
    logEventsMaxWaitInMinutes: maxWaitMs / minuteMs,
    outboxCleanInMinutes: cleaningIntervalMs / minuteMs,
    logger,
  });
  await worker.start();
  return worker;
});
