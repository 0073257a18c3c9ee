import { median } from '../../measuring/statistics.js';
import type { Plot, ResultTable, SectionResult, Target } from '../../section.js';
import type { CleaningSample } from './cleanOnce.js';
import type { CleaningScene, SceneName } from './scenes.js';

type Samples = readonly CleaningSample[];

export function cleaningResult(samples: Samples, scenes: readonly CleaningScene[]): SectionResult {
  const of = (scene: SceneName): Samples => samples.filter((sample) => sample.scene === scene);
  return {
    tables: [costTable(of, scenes), captureTable(of, scenes)],
    targets: targets(of, samples),
    plots: plots(of, scenes),
    samples,
  };
}

type SamplesOf = (scene: SceneName) => Samples;

function middle(samples: Samples, value: (sample: CleaningSample) => number): number {
  return median(samples.map(value));
}

function longest(samples: Samples, value: (sample: CleaningSample) => number): number {
  return Math.max(...samples.map(value));
}

const dropMs = (sample: CleaningSample): number => sample.lockedMs + sample.commitMs;
const perSecond = (sample: CleaningSample): number => sample.records / sample.seconds;

function costTable(of: SamplesOf, scenes: readonly CleaningScene[]): ResultTable {
  return {
    title: 'Delivered records removed by clean_events_outbox',
    note:
      'Medians of the rounds, in turns, while 8 connections capture 500 events a second. A drop is TRUNCATE, DROP and ' +
      'COMMIT together, by the log of Postgres. The COMMIT removes the files after it has given the locks back.',
    columns: [
      'what',
      'records',
      'partition size',
      'cleaning s',
      'records/s',
      'drop ms',
      'locks held ms',
      'files removed ms',
      'dead rows left',
    ],
    rows: scenes.map(({ name, eventPartitionSize }) => {
      const samples = of(name);
      const drops = samples.some((sample) => sample.partitionsDropped > 0);
      return [
        name,
        middle(samples, ({ records }) => records),
        eventPartitionSize,
        middle(samples, ({ seconds }) => seconds),
        middle(samples, perSecond),
        drops ? middle(samples, dropMs) : null,
        drops ? middle(samples, ({ lockedMs }) => lockedMs) : null,
        drops ? middle(samples, ({ commitMs }) => commitMs) : null,
        longest(samples, ({ deadRows }) => deadRows),
      ];
    }),
  };
}

function captureTable(of: SamplesOf, scenes: readonly CleaningScene[]): ResultTable {
  return {
    title: 'What captures feel of it',
    note:
      'From BEGIN to the answer to COMMIT, in the same time without cleaning just before, and with it. Medians of the rounds; the ' +
      'longest is that of all of them. A wait for a lock is looked for every 2 ms.',
    columns: [
      'what',
      'p99 before ms',
      'p99 meanwhile ms',
      'longest before ms',
      'longest meanwhile ms',
      'longest wait for a lock ms',
    ],
    rows: scenes.map(({ name }) => {
      const samples = of(name);
      return [
        name,
        middle(samples, ({ before }) => before.p99Ms),
        middle(samples, ({ meanwhile }) => meanwhile.p99Ms),
        longest(samples, ({ before }) => before.longestMs),
        longest(samples, ({ meanwhile }) => meanwhile.longestMs),
        longest(samples, ({ longestLockWaitMs }) => longestLockWaitMs),
      ];
    }),
  };
}

function targets(of: SamplesOf, samples: Samples): Target[] {
  const one = of('one partition dropped');
  const large = of('one ten times as large dropped');
  const drops = samples.filter((sample) => sample.partitionsDropped > 0);
  return [
    {
      name: 'time of a drop: a partition ten times as large, against one',
      value: middle(large, dropMs) / middle(one, dropMs),
      unit: '×',
      bound: { atMost: 1.25 },
    },
    {
      name: 'time of a drop while locks are held: a partition ten times as large, against one',
      value: middle(large, ({ lockedMs }) => lockedMs) / middle(one, ({ lockedMs }) => lockedMs),
      unit: '×',
      bound: { atMost: 1.25 },
    },
    {
      name: 'longest wait of a capture for cleaning',
      value: longest(samples, ({ longestLockWaitMs }) => longestLockWaitMs),
      unit: 'ms',
      bound: { atMost: 50 },
    },
    {
      name: 'dead rows in event once whole partitions are dropped',
      value: longest(drops, ({ deadRows }) => deadRows),
      unit: 'rows',
      bound: { atMost: 0 },
    },
  ];
}

function plots(of: SamplesOf, scenes: readonly CleaningScene[]): Plot[] {
  return [
    {
      kind: 'bars',
      file: 'cleaning-rate.svg',
      title: 'Delivered records removed per second',
      unit: 'records/s',
      logarithmic: true,
      categories: scenes.map(({ name }) => name),
      series: [
        { name: 'clean_events_outbox', values: scenes.map(({ name }) => middle(of(name), perSecond)) },
      ],
    },
  ];
}
