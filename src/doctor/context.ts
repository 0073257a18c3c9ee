import type { WaybillOptions } from '../config/options.js';
import type { EventLog } from '../eventlog/client.js';
import type { Outbox } from '../outbox/database.js';
import type { Finding } from './finding.js';

/** What the checks look at. */
export interface DoctorContext {
  readonly outbox: Outbox;
  readonly eventLog: EventLog;
  readonly options: WaybillOptions;
}

/** One look at one matter. Returns what it found, `ok` where all is well; `signal` bounds questions to ClickHouse. */
export type Check = (context: DoctorContext, signal: AbortSignal) => Promise<readonly Finding[]>;

const minuteMs = 60_000;
/** The longest wait between two attempts of one run. */
const retryPauseMsMax = 30_000;

/**
 * How long a batch may be tried again while nobody has to look after it, in milliseconds: all retries of one run, each
 * silent for as long as it may, and the time until the next run.
 */
export function retryTimeMs(options: WaybillOptions): number {
  const attempts = options.failedLogSendingRetries + 1;
  return (
    attempts * (options.insertTimeoutInSeconds * 1_000 + retryPauseMsMax) +
    options.claimLeaseInSeconds * 1_000 +
    options.logSendingFrequencyInMinutes * minuteMs
  );
}
