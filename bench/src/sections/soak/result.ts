import { median, quantile } from '../../measuring/statistics.js';
import type { Plot, ResultTable, SectionResult, Target } from '../../section.js';
import type { SoakForm, SoakRun } from './runSoak.js';
import type { SoakSample } from './sampleSoak.js';

type Samples = readonly SoakSample[];
const mega = 1e6;

export function soakResult(run: SoakRun, form: SoakForm): SectionResult {
  const memory = compareMemory(run.samples, form);
  return {
    tables: [overviewTable(run, form), memoryTable(run, memory)],
    targets: targets(run, form, memory),
    plots: plots(run.samples),
    samples: run,
  };
}

/** A part of the soak, from and to as shares of its time. */
function part(samples: Samples, { seconds }: SoakForm, from: number, to: number): Samples {
  return samples.filter((sample) => sample.seconds >= from * seconds && sample.seconds <= to * seconds);
}

interface MemoryComparison {
  readonly warm: number;
  readonly end: number;
}

/** Once the worker (in the full form the one that followed the killed one) is warm, and at the end: medians of a tenth. */
function compareMemory(samples: Samples, form: SoakForm): MemoryComparison {
  const workerBytes = (from: number, to: number): number =>
    median(part(samples, form, from, to).map((sample) => sample.workerBytes));
  return { warm: workerBytes(0.5, 0.6), end: workerBytes(0.9, 1.01) };
}

function rates(samples: Samples, count: (sample: SoakSample) => number): (readonly [number, number])[] {
  return samples.flatMap((sample, index) => {
    const before = samples[index - 1];
    if (before === undefined) return [];
    return [[sample.seconds, (count(sample) - count(before)) / (sample.seconds - before.seconds)] as const];
  });
}

const largest = (samples: Samples, value: (sample: SoakSample) => number): number =>
  Math.max(...samples.map(value));

function overviewTable(
  { samples, verdict, deadRows, partitionsDropped }: SoakRun,
  form: SoakForm,
): ResultTable {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined) throw new Error('The soak has no samples.');
  const wal = (last.walBytes - first.walBytes) / (last.captured - first.captured);
  return {
    title: 'Soak: capture, delivery and cleaning together',
    note:
      `${String(form.seconds)} s; 8 connections; transactions of 1, 10 and 70 events; 5 % of the transactions roll back; ` +
      `cleaning every ${String(form.cleanSeconds)} s; partitions of 100,000 ids. Everything that was committed is looked for ` +
      'in ClickHouse, against a ledger that the capturing process keeps. WAL is everything: insert, delivery and cleaning.',
    columns: ['what', 'value'],
    rows: [
      ['events committed', verdict.captured],
      ['events rolled back', verdict.rolledBack],
      ['lost', verdict.lost],
      ['doubled', verdict.doubled],
      ['of rolled-back transactions', verdict.phantom],
      [
        'captured per second, median',
        median(rates(samples, ({ captured }) => captured).map(([, rate]) => rate)),
      ],
      [
        'delivered per second, median',
        median(rates(samples, ({ delivered }) => delivered).map(([, rate]) => rate)),
      ],
      ['largest backlog, records', largest(samples, backlog)],
      ['longest capture, ms', largest(samples, ({ longestCaptureMs }) => longestCaptureMs)],
      [
        'longest capture of a sample, median, ms',
        quantile(
          samples.map(({ longestCaptureMs }) => longestCaptureMs),
          0.5,
        ),
      ],
      ['partitions dropped', partitionsDropped],
      ['dead rows left in event', deadRows.all],
      ['of these updated or deleted; the others were rolled back', deadRows.changed],
      ['of these in partitions that are full', deadRows.inFull],
      ['WAL bytes per event', wal],
      ['active parts in ClickHouse, most', largest(samples, ({ parts }) => parts)],
    ],
  };
}

function memoryTable({ samples }: SoakRun, memory: MemoryComparison): ResultTable {
  const last = samples.at(-1);
  const row = (name: string, value: (sample: SoakSample) => number): (string | number | null)[] => [
    name,
    largest(samples, value) / mega,
    last === undefined ? null : value(last) / mega,
  ];
  return {
    title: 'Soak: memory and tables',
    note: `The worker held ${(memory.warm / mega).toFixed(0)} MB once it was warm. Memory of Postgres is that of all its processes, what they share counted once.`,
    columns: ['what', 'most MB', 'at the end MB'],
    rows: [
      row('memory of the worker', ({ workerBytes }) => workerBytes),
      row('memory of Postgres', ({ postgresBytes }) => postgresBytes),
      row('memory of ClickHouse', ({ clickhouseBytes }) => clickhouseBytes),
      row('table event', ({ eventBytes }) => eventBytes),
      row('tables batch, attempt, run', ({ historyBytes }) => historyBytes),
    ],
  };
}

function backlog(sample: SoakSample): number {
  return Math.max(0, sample.captured - sample.delivered);
}

function targets(
  { samples, verdict, deadRows }: SoakRun,
  form: SoakForm,
  memory: MemoryComparison,
): Target[] {
  const eventBytes = (from: number, to: number): number =>
    largest(part(samples, form, from, to), (sample) => sample.eventBytes);
  return [
    {
      name: 'events lost or doubled',
      value: verdict.lost + verdict.doubled,
      unit: 'rows',
      bound: { atMost: 0 },
    },
    {
      name: 'dead rows in event after the soak, but for those of rolled-back transactions',
      value: deadRows.changed,
      unit: 'rows',
      bound: { atMost: 0 },
    },
    {
      name: 'dead rows in event after the soak, of rolled-back transactions',
      value: deadRows.all - deadRows.changed,
      unit: 'rows',
    },
    {
      name: 'memory of the worker at the end, against after its warm-up',
      value: (100 * memory.end) / memory.warm,
      unit: '%',
      bound: { atMost: 110 },
    },
    {
      name: 'largest size of table event in the second half, against the first',
      value: eventBytes(0.5, 1.01) / eventBytes(0, 0.5),
      unit: '×',
      bound: { atMost: 1.5 },
    },
  ];
}

function plots(samples: Samples): Plot[] {
  const points = (value: (sample: SoakSample) => number): (readonly [number, number])[] =>
    samples.map((sample) => [sample.seconds, value(sample)]);
  const lines = (
    file: string,
    title: string,
    unit: string,
    series: readonly (readonly [string, readonly (readonly [number, number])[]])[],
  ): Plot => ({
    kind: 'lines',
    file: `soak-${file}.svg`,
    title: `Soak: ${title}`,
    unit,
    xUnit: 's',
    series: series.map(([name, seriesPoints]) => ({ name, points: seriesPoints })),
  });
  const firstWal = samples[0]?.walBytes ?? 0;
  return [
    lines('throughput', 'events per second', 'events/s', [
      ['captured', rates(samples, ({ captured }) => captured)],
      ['delivered', rates(samples, ({ delivered }) => delivered)],
    ]),
    lines('backlog', 'records that wait', 'records', [['backlog', points(backlog)]]),
    lines('worker-memory', 'memory of the worker', 'MB', [
      ['worker', points(({ workerBytes }) => workerBytes / mega)],
    ]),
    lines('engine-memory', 'memory of the engines', 'MB', [
      ['Postgres', points(({ postgresBytes }) => postgresBytes / mega)],
      ['ClickHouse', points(({ clickhouseBytes }) => clickhouseBytes / mega)],
    ]),
    lines('tables', 'size of the tables in Postgres', 'MB', [
      ['event', points(({ eventBytes }) => eventBytes / mega)],
      ['batch, attempt, run', points(({ historyBytes }) => historyBytes / mega)],
    ]),
    lines('wal', 'WAL written since the start', 'MB', [
      ['WAL', points(({ walBytes }) => (walBytes - firstWal) / mega)],
    ]),
    lines('parts', 'active parts in ClickHouse', 'parts', [['parts', points(({ parts }) => parts)]]),
  ];
}
