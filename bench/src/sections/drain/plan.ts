import { contenderNames, type ContenderName } from '../../contenders/contender.js';

/** What is measured, and how much of it. */
export interface DrainPlan {
  readonly rounds: number;
  /** Time after which a drain takes up no further batch. */
  readonly limitMs: number;
  readonly drains: readonly {
    readonly batchSize: number;
    readonly rows: number;
    readonly contenders: readonly ContenderName[];
  }[];
  readonly memory: MemoryPlan;
}

export interface MemoryPlan {
  readonly rounds: number;
  readonly rows: number;
  readonly batchSizes: readonly [small: number, large: number];
  readonly limitMs: number;
}

/** The one that has no batches of a size that is asked for is measured once a round. */
const oncePerRound: ContenderName = 'pgTransactionalOutbox';
const withBatches = contenderNames.filter((name) => name !== oncePerRound);

const full: DrainPlan = {
  rounds: 5,
  limitMs: 2_500,
  drains: [
    { batchSize: 1_000, rows: 400_000, contenders: contenderNames },
    { batchSize: 10_000, rows: 400_000, contenders: withBatches },
    { batchSize: 100_000, rows: 800_000, contenders: withBatches }, // more batches than streams
  ],
  memory: { rounds: 3, rows: 1_000_000, batchSizes: [10_000, 500_000], limitMs: 120_000 },
};

/** Those that a promise names. */
const quick: DrainPlan = {
  rounds: 3,
  limitMs: 1_500,
  drains: [
    { batchSize: 1_000, rows: 200_000, contenders: ['waybill', 'rowByRowOutbox'] },
    {
      batchSize: 10_000,
      rows: 200_000,
      contenders: ['waybill', 'rowByRowOutbox', 'rowByRowOutboxParallel', 'psqlCurl'],
    },
    { batchSize: 100_000, rows: 500_000, contenders: ['waybill', 'clickhousePull'] },
  ],
  memory: { rounds: 1, rows: 500_000, batchSizes: [10_000, 500_000], limitMs: 60_000 },
};

export function planOf(isQuick: boolean): DrainPlan {
  return isQuick ? quick : full;
}
