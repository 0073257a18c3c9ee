import type { ContenderName } from '../../contenders/contender.js';
import { median } from '../../measuring/statistics.js';
import type { Target } from '../../section.js';
import type { RoundSample } from '../drain.js';
import type { MemorySample } from './memory.js';

type Figure = 'rowsPerSecond' | 'contenderCpu' | 'walBytesPerRow' | 'statementsPerBatch';

/** Every promise about draining. A ratio is the median of the rounds' ratios, since both sides of one were measured together. */
export function drainTargets(drains: readonly RoundSample[], memory: readonly MemorySample[]): Target[] {
  const ratio = (figure: Figure, batchSize: number, other: ContenderName): number =>
    medianRatio(drains, pick(figure, 'waybill', batchSize), pick(figure, other, batchSize));
  const peaks = [
    ...drains.flatMap(({ contender, peakMegabytes }) =>
      contender === 'waybill' && peakMegabytes !== null ? [peakMegabytes] : [],
    ),
    ...memory.flatMap(({ smallBatchMegabytes, largeBatchMegabytes }) => [
      smallBatchMegabytes,
      largeBatchMegabytes,
    ]),
  ];
  const growth = median(
    memory.map(({ smallBatchMegabytes, largeBatchMegabytes }) => largeBatchMegabytes / smallBatchMegabytes),
  );
  /** Against as many of the other at a time as Waybill has streams, reported beside each promise, which is worded against one. */
  const reported = (name: string, figure: Figure, batchSize: number, other: ContenderName): Target[] =>
    drains.some((one) => one.contender === other && one.batchSize === batchSize)
      ? [{ name, value: ratio(figure, batchSize, other), unit: '×' }]
      : [];
  const againstParallel = (title: string, figure: Figure, batchSize: number): Target[] =>
    reported(
      `${title}, against the row-by-row outbox with four pollers`,
      figure,
      batchSize,
      'rowByRowOutboxParallel',
    );
  return [
    {
      name: 'Rate at 1,000 a batch, against the row-by-row outbox',
      value: ratio('rowsPerSecond', 1_000, 'rowByRowOutbox'),
      unit: '×',
      bound: { atLeast: 5 },
    },
    ...againstParallel('Rate at 1,000 a batch', 'rowsPerSecond', 1_000),
    {
      name: 'Rate at 10,000 a batch, against the row-by-row outbox',
      value: ratio('rowsPerSecond', 10_000, 'rowByRowOutbox'),
      unit: '×',
      bound: { atLeast: 10 },
    },
    ...againstParallel('Rate at 10,000 a batch', 'rowsPerSecond', 10_000),
    {
      name: 'Rate at 10,000 a batch, against psql | curl',
      value: ratio('rowsPerSecond', 10_000, 'psqlCurl'),
      unit: '×',
      bound: { atLeast: 1.2 },
    },
    {
      name: 'Rate at 100,000 a batch, against ClickHouse pulling by itself',
      value: ratio('rowsPerSecond', 100_000, 'clickhousePull'),
      unit: '×',
      bound: { atLeast: 1 },
    },
    ...reported(
      'Rate at 100,000 a batch, against ClickHouse pulling four batches at a time',
      'rowsPerSecond',
      100_000,
      'clickhousePullParallel',
    ),
    {
      name: 'CPU of Node at 10,000 a batch, against the row-by-row outbox',
      value: ratio('contenderCpu', 10_000, 'rowByRowOutbox'),
      unit: '×',
      bound: { atMost: 0.1 },
    },
    ...againstParallel('CPU of Node at 10,000 a batch', 'contenderCpu', 10_000),
    {
      name: 'WAL a record at 10,000 a batch, against the row-by-row outbox',
      value: ratio('walBytesPerRow', 10_000, 'rowByRowOutbox'),
      unit: '×',
      bound: { atMost: 0.02 },
    },
    ...againstParallel('WAL a record at 10,000 a batch', 'walBytesPerRow', 10_000),
    {
      name: 'Statements a batch, at 100,000 a batch against 1,000',
      value: medianRatio(
        drains,
        pick('statementsPerBatch', 'waybill', 100_000),
        pick('statementsPerBatch', 'waybill', 1_000),
      ),
      unit: '×',
      bound: { atMost: 1 },
    },
    {
      name: 'Peak memory of Waybill, the highest of all its drains',
      value: Math.max(...peaks),
      unit: 'MB',
      bound: { atMost: 150 },
    },
    {
      name: 'Growth of peak memory from 10,000 to 500,000 a batch',
      value: (growth - 1) * 100,
      unit: '%',
      bound: { atMost: 10 },
    },
  ];
}

interface Pick {
  readonly figure: Figure;
  readonly contender: ContenderName;
  readonly batchSize: number;
}

function pick(figure: Figure, contender: ContenderName, batchSize: number): Pick {
  return { figure, contender, batchSize };
}

/** The median over the rounds of one figure divided by another of the same round. */
function medianRatio(drains: readonly RoundSample[], above: Pick, below: Pick): number {
  const valueIn = (round: number, { figure, contender, batchSize }: Pick): number | undefined =>
    drains.find((one) => one.round === round && one.contender === contender && one.batchSize === batchSize)?.[
      figure
    ];
  const rounds = new Set(drains.map(({ round }) => round));
  return median(
    [...rounds].flatMap((round) => {
      const dividend = valueIn(round, above);
      const divisor = valueIn(round, below);
      return dividend === undefined || divisor === undefined ? [] : [dividend / divisor];
    }),
  );
}
