import { median } from '../../measuring/statistics.js';
import type { Plot, ResultTable, SectionResult, Target } from '../../section.js';
import type { SliceSample } from './measureSlice.js';
import type { GrowthSizes, StateName } from './states.js';

type Figure = Exclude<keyof SliceSample, 'state'>;

/** Two busy cores vary by some 10 % from slice to slice; a cost that grows with what is there grows tenfold. */
const flatAtMost = 1.25;

export function growthResult(samples: readonly SliceSample[], sizes: GrowthSizes): SectionResult {
  const of = (state: StateName, figure: Figure): number =>
    median(samples.filter((sample) => sample.state === state).map((sample) => sample[figure]));
  const label = (state: StateName): string =>
    state.replace('some', sizes.some.toLocaleString('en')).replace('many', sizes.many.toLocaleString('en'));
  return {
    tables: [costTable(of, label, sizes), sealingTable(of, label, sizes)],
    targets: targets(samples, label),
    plots: plots(of, sizes),
    samples,
  };
}

type MedianOf = (state: StateName, figure: Figure) => number;
type LabelOf = (state: StateName) => string;

function costTable(of: MedianOf, label: LabelOf, sizes: GrowthSizes): ResultTable {
  const { batchSize, sliceBatches, slices, states } = sizes;
  const records = (batchSize * sliceBatches).toLocaleString('en');
  return {
    title: 'What delivering a record costs, by what else is in the outbox',
    note:
      `Medians of ${String(slices)} slices of ${records} records in each state, in turns; ${batchSize.toLocaleString('en')} a batch. ` +
      'The CPU time is that of the whole Postgres server. WAL is counted from after the insert. Events are committed in ' +
      'large statements, and one event a transaction where that is said and where some are rolled back.',
    columns: [
      'state of the outbox',
      'records/s',
      'worker CPU s per million',
      'Postgres CPU s per million',
      'WAL bytes per record',
      'statements per batch',
      'pages touched per batch',
    ],
    rows: states.map((state) => [
      label(state),
      of(state, 'recordsPerSecond'),
      of(state, 'workerCpu'),
      of(state, 'postgresCpu'),
      of(state, 'walBytesPerRecord'),
      of(state, 'statementsPerBatch'),
      of(state, 'pagesPerBatch'),
    ]),
  };
}

function sealingTable(of: MedianOf, label: LabelOf, { states }: GrowthSizes): ResultTable {
  return {
    title: 'The same by statement',
    note: 'From pg_stat_statements. A page is 8 kB; one that was read was not in the memory of Postgres itself.',
    columns: [
      'state of the outbox',
      'take ms per batch',
      'take pages per batch',
      'COPY ms per batch',
      'pages read per batch',
    ],
    rows: states.map((state) => [
      label(state),
      of(state, 'takeMsPerBatch'),
      of(state, 'takePagesPerBatch'),
      of(state, 'readMsPerBatch'),
      of(state, 'pagesReadPerBatch'),
    ]),
  };
}

/** Each state against the one that lacks only what the state is about. */
const comparisons: readonly (readonly [StateName, StateName])[] = [
  ['many delivered', 'nothing else in the outbox'],
  ['many waiting', 'nothing else in the outbox'],
  ['a transaction open', 'nothing else in the outbox'],
  ['1 % rolled back', 'one event a transaction'],
  ['20 % rolled back', 'one event a transaction'],
];

function targets(samples: readonly SliceSample[], label: LabelOf): Target[] {
  const cpuOf = (state: StateName): number[] =>
    samples.filter((sample) => sample.state === state).map((sample) => sample.postgresCpu);
  return comparisons.map(([state, base]) => {
    const bases = cpuOf(base);
    return {
      name: `Postgres CPU per record: ${label(state)}, against ${label(base)}`,
      // Slice by slice: the two were measured within seconds of each other.
      value: median(cpuOf(state).map((cpu, slice) => cpu / (bases[slice] ?? NaN))),
      unit: '×',
      bound: { atMost: flatAtMost },
    };
  });
}

function plots(of: MedianOf, sizes: GrowthSizes): Plot[] {
  const cpu = (states: readonly StateName[]): number[] => states.map((state) => of(state, 'postgresCpu'));
  const none = 'nothing else in the outbox';
  const levels = (['some', 'many'] as const).filter((level) => sizes.states.includes(`${level} waiting`));
  const held = sizes.states.filter((state) => !/some|many/.test(state));
  return [
    {
      kind: 'bars',
      file: 'growth-records.svg',
      title: 'Postgres: CPU seconds to deliver a million records, by the records already in the outbox',
      unit: 's',
      logarithmic: false,
      categories: [0, ...levels.map((level) => sizes[level])].map((count) => count.toLocaleString('en')),
      series: [
        {
          name: 'delivered, not cleaned yet',
          values: cpu([none, ...levels.map((level) => `${level} delivered` as const)]),
        },
        { name: 'waiting', values: cpu([none, ...levels.map((level) => `${level} waiting` as const)]) },
      ],
    },
    {
      kind: 'bars',
      file: 'growth-transactions.svg',
      title: 'Postgres: CPU seconds to deliver a million records, by what transactions do',
      unit: 's',
      logarithmic: false,
      categories: held,
      series: [{ name: 'Postgres', values: cpu(held) }],
    },
  ];
}
