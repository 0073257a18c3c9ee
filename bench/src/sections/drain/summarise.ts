import { contenders } from '../../contenders/all.js';
import type { Contender } from '../../contenders/contender.js';
import { median } from '../../measuring/statistics.js';
import type { Plot, ResultTable, SectionResult } from '../../section.js';
import type { RoundSample } from '../drain.js';
import type { MemorySample } from './memory.js';
import type { DrainPlan } from './plan.js';
import { drainTargets } from './targets.js';

/** What the samples come to: medians over the rounds. */
export function summarise(
  plan: DrainPlan,
  drains: readonly RoundSample[],
  memory: readonly MemorySample[],
): SectionResult {
  return {
    tables: [
      ...plan.drains.map(({ batchSize, rows }) => drainTable(plan, batchSize, rows, drains)),
      memoryTable(plan, memory),
    ],
    targets: drainTargets(drains, memory),
    plots: [ratesPlot(plan, drains)],
    samples: { drains, memory },
  };
}

function drainTable(
  plan: DrainPlan,
  batchSize: number,
  backlogRows: number,
  drains: readonly RoundSample[],
): ResultTable {
  return {
    title: `${count(batchSize)} records a batch`,
    note:
      `A backlog of ${count(backlogRows)} records, four batches at a time where nothing else is said; medians of ${String(plan.rounds)} rounds. ` +
      `Who has not ended after ${String(plan.limitMs / 1_000)} s takes up no further batch; the rate is that of what was ` +
      'delivered. CPU is in seconds per million records, of all cores. "statements" are those that each batch takes, each SET LOCAL ' +
      'of one message counted.',
    columns: [
      'contender',
      'records/s',
      'min – max',
      'its CPU s',
      'Postgres CPU s',
      'ClickHouse CPU s',
      'its peak memory, MB',
      'WAL, bytes/record',
      'statements/batch',
    ],
    rows: contenders.flatMap((contender) => {
      const samples = drains.filter(
        (sample) => sample.contender === contender.name && sample.batchSize === batchSize,
      );
      return samples.length === 0 ? [] : [drainRow(contender, samples)];
    }),
  };
}

function drainRow(contender: Contender, samples: readonly RoundSample[]): (string | number | null)[] {
  const middle = (value: (sample: RoundSample) => number): number => median(samples.map(value));
  const rates = samples.map(({ rowsPerSecond }) => rowsPerSecond);
  const memory = samples.flatMap(({ peakMegabytes }) => (peakMegabytes === null ? [] : [peakMegabytes]));
  return [
    contender.title,
    median(rates),
    `${count(Math.min(...rates))} – ${count(Math.max(...rates))}`,
    middle(({ contenderCpu }) => contenderCpu),
    middle(({ postgresCpu }) => postgresCpu),
    middle(({ clickhouseCpu }) => clickhouseCpu),
    memory.length === 0 ? null : median(memory),
    middle(({ walBytesPerRow }) => walBytesPerRow),
    middle(({ statementsPerBatch }) => statementsPerBatch),
  ];
}

function memoryTable({ memory: plan }: DrainPlan, samples: readonly MemorySample[]): ResultTable {
  const [small, large] = plan.batchSizes;
  const row = (batchSize: number, megabytes: readonly number[]): (string | number)[] => [
    count(batchSize),
    median(megabytes),
    Math.min(...megabytes),
    Math.max(...megabytes),
  ];
  return {
    title: 'Memory of Waybill by batch size',
    note:
      `The most that its process held while it drained ${count(plan.rows)} records, read from Linux (VmHWM); ` +
      `${plan.rounds === 1 ? 'one round' : `${String(plan.rounds)} rounds`}, each in a fresh process.`,
    columns: ['records a batch', 'peak memory, MB', 'min', 'max'],
    rows: [
      row(
        small,
        samples.map(({ smallBatchMegabytes }) => smallBatchMegabytes),
      ),
      row(
        large,
        samples.map(({ largeBatchMegabytes }) => largeBatchMegabytes),
      ),
    ],
  };
}

function ratesPlot(plan: DrainPlan, drains: readonly RoundSample[]): Plot {
  return {
    kind: 'bars',
    file: 'drain.svg',
    title: 'Draining a backlog of 337-byte records',
    unit: 'records per second',
    logarithmic: true,
    categories: plan.drains.map(({ batchSize }) => `${count(batchSize)} a batch`),
    series: contenders.map(({ name, title }) => ({
      name: title,
      values: plan.drains.map(({ batchSize }) => {
        const rates = drains.filter((sample) => sample.contender === name && sample.batchSize === batchSize);
        return rates.length === 0 ? null : median(rates.map(({ rowsPerSecond }) => rowsPerSecond));
      }),
    })),
  };
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}
