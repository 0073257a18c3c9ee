import { median, quantile } from '../../measuring/statistics.js';
import type { SectionResult, Target } from '../../section.js';
import type { Scenario } from './scenarios.js';
import type { DelayWindow } from './windows.js';

export interface FreshnessMeasurement {
  readonly scenario: Scenario;
  readonly events: number;
  /** As many as were reached; fewer than asked for when the machine does not bear them. */
  readonly transactionsPerSecond: number;
  readonly batches: number;
  readonly windows: readonly DelayWindow[];
  readonly delaysSeconds: readonly number[];
}

export function toFreshnessResult(measurements: readonly FreshnessMeasurement[]): SectionResult {
  const windows = measurements[0]?.windows.length ?? 0;
  return {
    tables: [
      {
        title: 'Freshness: from commit to queryable',
        note:
          'One event in each transaction, at a steady load; a worker with a run of process_events every 0.3 s and batches of ' +
          '1,000. With "short intervals" a smaller batch is sent once its oldest event is 0.15 s old; with "full batches only", ' +
          `the default, an event waits for its batch to fill. Medians of ${String(windows)} windows; the slowest is of all. The ` +
          'delay runs from the confirmation of the commit, in the application, to the answer of the query that shows the event; the ' +
          'query is asked again every 5 ms. Nothing was lost and nothing doubled, or there would be no table.',
        columns: [
          'setting and load',
          'transactions/s reached',
          'p50 (s)',
          'p99 (s)',
          'slowest (s)',
          'events a batch',
          'events',
        ],
        rows: measurements.map(({ scenario, events, transactionsPerSecond, batches, windows: all }) => [
          scenario.label,
          transactionsPerSecond,
          median(all.map((window) => window.p50Seconds)),
          median(all.map((window) => window.p99Seconds)),
          Math.max(...all.map((window) => window.maxSeconds)),
          events / batches,
          events,
        ]),
      },
    ],
    targets: measurements.filter(({ scenario }) => scenario.promised).flatMap(toTargets),
    plots: [
      {
        kind: 'lines',
        file: 'freshness.svg',
        title: 'Events that can be queried so long after their commit',
        unit: '% of events',
        xUnit: 's',
        series: measurements.map(({ scenario, delaysSeconds }) => ({
          name: scenario.label,
          points: shares.map((share) => [quantile(delaysSeconds, share / 100), share] as const),
        })),
      },
    ],
    samples: measurements.map(({ scenario, windows: all }) => ({ scenario: scenario.label, windows: all })),
  };
}

/** 0, 1, … 99 and 99.9 %. */
const shares = [...Array.from({ length: 100 }, (_, share) => share), 99.9];

function toTargets({ scenario, windows }: FreshnessMeasurement): Target[] {
  const name = `freshness, ${scenario.label}`;
  return [
    {
      name: `${name}: p50`,
      value: median(windows.map((window) => window.p50Seconds)),
      unit: 's',
      bound: { atMost: 0.7 },
    },
    {
      name: `${name}: p99`,
      value: median(windows.map((window) => window.p99Seconds)),
      unit: 's',
      bound: { atMost: 1.5 },
    },
  ];
}
