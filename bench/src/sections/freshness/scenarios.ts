import type { GivenOptions } from 'waybill/worker';

export interface Scenario {
  readonly label: string;
  readonly transactionsPerSecond: number;
  readonly worker: GivenOptions;
  /** Does it decide the targets? */
  readonly promised: boolean;
}

const secondsInMinute = 60;

/**
 * What somebody sets who wants events within a second: a run every 0.3 s. A batch that is not full is sent once its oldest
 * event is 0.15 s old. That is less than the interval on purpose: with as much, the events that a run finds just too young
 * would wait for the next one.
 */
const shortIntervals: GivenOptions = {
  logSendingFrequencyInMinutes: 0.3 / secondsInMinute,
  logEventsMaxWaitInMinutes: 0.15 / secondsInMinute,
};

/** The same interval, but full batches only, which is the default: an event waits until its batch of 1,000 is full. */
const fullBatchesOnly: GivenOptions = { logSendingFrequencyInMinutes: 0.3 / secondsInMinute };

/** Records in a batch, the default in all scenarios. */
export const batchEvents = 1_000;

/** What is promised comes first: the short form of the benchmark takes the first two. */
export const scenarios: readonly Scenario[] = [
  {
    label: 'short intervals, 500/s',
    transactionsPerSecond: 500,
    worker: shortIntervals,
    promised: true,
  },
  {
    label: 'short intervals, 5,000/s wanted',
    transactionsPerSecond: 5_000,
    worker: shortIntervals,
    promised: false,
  },
  {
    label: 'full batches only, 500/s',
    transactionsPerSecond: 500,
    worker: fullBatchesOnly,
    promised: false,
  },
  {
    label: 'full batches only, 5,000/s wanted',
    transactionsPerSecond: 5_000,
    worker: fullBatchesOnly,
    promised: false,
  },
];
