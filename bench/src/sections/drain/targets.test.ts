import { describe, expect, it } from 'vitest';
import type { ContenderName } from '../../contenders/contender.js';
import type { RoundSample } from '../drain.js';
import { drainTargets } from './targets.js';

function sample(
  round: number,
  contender: ContenderName,
  batchSize: number,
  change: Partial<RoundSample> = {},
): RoundSample {
  return {
    round,
    contender,
    batchSize,
    backlogRows: 1,
    rows: 1,
    batches: 1,
    seconds: 1,
    rowsPerSecond: 1,
    contenderCpu: 1,
    postgresCpu: 1,
    clickhouseCpu: 1,
    peakMegabytes: 100,
    walBytesPerRow: 1,
    statementsPerBatch: 13,
    ...change,
  };
}

const everybody = [1, 2, 3].flatMap((round) => [
  ...[1_000, 10_000, 100_000].map((batchSize) => sample(round, 'waybill', batchSize)),
  ...[1_000, 10_000].map((batchSize) => sample(round, 'rowByRowOutbox', batchSize)),
  sample(round, 'psqlCurl', 10_000),
  sample(round, 'clickhousePull', 100_000),
]);
const memory = [{ round: 1, smallBatchMegabytes: 100, largeBatchMegabytes: 104 }];

function valueOf(samples: readonly RoundSample[], name: string): number | undefined {
  return drainTargets(samples, memory).find((target) => target.name.startsWith(name))?.value;
}

describe('the targets of draining', () => {
  it('are medians of the ratios within a round, which a slow round does not shift', () => {
    const slowed: Readonly<Record<number, number>> = { 1: 1, 2: 10, 3: 2 };
    const samples = everybody.map((one) => {
      const pace = slowed[one.round] ?? 1;
      return { ...one, rowsPerSecond: (one.contender === 'waybill' ? 12 : 1) / pace };
    });
    expect(valueOf(samples, 'Rate at 10,000 a batch, against the row-by-row outbox')).toBe(12);
  });

  it('name the highest memory of any drain of Waybill, and of no other', () => {
    const samples = [
      ...everybody,
      sample(4, 'rowByRowOutbox', 10_000, { peakMegabytes: 500 }),
      sample(4, 'waybill', 10_000, { peakMegabytes: 131 }),
    ];
    expect(valueOf(samples, 'Peak memory')).toBe(131);
    expect(valueOf(samples, 'Growth of peak memory')).toBeCloseTo(4, 9);
  });

  it('report what several pollers come to, and promise nothing of it', () => {
    const samples = [...everybody, sample(1, 'rowByRowOutboxParallel', 10_000, { rowsPerSecond: 0.5 })];
    const reported = drainTargets(samples, memory).filter(({ bound }) => bound === undefined);
    expect(reported).toHaveLength(3);
    expect(reported[0]).toMatchObject({ value: 2, unit: '×' });
  });

  it('cannot be told where one side was not measured', () => {
    const without = everybody.filter(({ contender }) => contender !== 'psqlCurl');
    expect(() => drainTargets(without, memory)).toThrow('There are no samples.');
  });
});
