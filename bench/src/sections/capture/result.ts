import type { Plot, ResultTable, SectionResult, Target } from '../../section.js';
import { excessPercent, medianOf, type Round, type RoundOfWay } from './rounds.js';
import { captureWays, type CaptureWayName } from './ways.js';

type ByConnections = ReadonlyMap<number, readonly Round[]>;

export function toCaptureResult(roundsByConnections: ByConnections, eventBytes: number): SectionResult {
  return {
    tables: [...roundsByConnections].map(([connections, rounds]) => toTable(connections, rounds, eventBytes)),
    targets: [...roundsByConnections].map(([connections, rounds]) => toTarget(connections, rounds)),
    plots: [
      toPlot(
        roundsByConnections,
        'capture-p99.svg',
        'Capture: p99 of a transaction',
        'ms',
        (round) => round.p99Ms,
      ),
      toPlot(
        roundsByConnections,
        'capture-throughput.svg',
        'Capture: transactions per second',
        'transactions/s',
        (round) => round.transactionsPerSecond,
      ),
    ],
    samples: Object.fromEntries(roundsByConnections),
  };
}

function toTable(connections: number, rounds: readonly Round[], eventBytes: number): ResultTable {
  const smallest = Math.min(
    ...rounds.flatMap((round) => captureWays.map(({ name }) => round[name].transactions)),
  );
  return {
    title: `Capture, ${many(connections, 'connection')}`,
    note:
      `A use case that inserts one row and stores one event of ${eventBytes.toFixed(0)} bytes, in one transaction. Medians of ` +
      `${String(rounds.length)} rounds, of at least ${smallest.toLocaleString('en')} transactions a way each; the ways take ` +
      'turns every quarter of a second. "p99 over hand-written" compares within each round; behind it the middle half of the ' +
      'rounds. What "hand-written INSERT, again" shows there is what this run cannot tell from nothing.',
    columns: [
      'way',
      'transactions/s',
      'p50 (ms)',
      'p99 (ms)',
      'p50 over hand-written (%)',
      'p99 over hand-written (%)',
      'middle half of rounds (%)',
      'Node CPU (µs/transaction)',
      'Postgres CPU (µs/transaction)',
    ],
    rows: captureWays.map(({ name, label }) => {
      const p99 = excessPercent(rounds, name, (round) => round.p99Ms);
      const isBase = name === 'hand';
      return [
        label,
        medianOf(rounds, name, (round) => round.transactionsPerSecond),
        medianOf(rounds, name, (round) => round.p50Ms),
        medianOf(rounds, name, (round) => round.p99Ms),
        isBase ? null : excessPercent(rounds, name, (round) => round.p50Ms).median,
        isBase ? null : p99.median,
        isBase ? null : `${p99.lowerQuartile.toFixed(1)} … ${p99.upperQuartile.toFixed(1)}`,
        medianOf(rounds, name, (round) => round.nodeCpuUsPerTransaction),
        medianOf(rounds, name, (round) => round.postgresCpuUsPerTransaction),
      ];
    }),
  };
}

function toTarget(connections: number, rounds: readonly Round[]): Target {
  return {
    name: `capture: p99 over that of the hand-written INSERT, ${many(connections, 'connection')}`,
    value: excessPercent(rounds, 'waybill', (round) => round.p99Ms).median,
    unit: '%',
    bound: { atMost: 5 },
  };
}

/** The two ways that only explain the others are not drawn. */
const explaining: ReadonlySet<CaptureWayName> = new Set(['handAgain', 'handPartitioned']);
const drawn = captureWays.filter(({ name }) => !explaining.has(name));

function toPlot(
  roundsByConnections: ByConnections,
  file: string,
  title: string,
  unit: string,
  of: (round: RoundOfWay) => number,
): Plot {
  const all = [...roundsByConnections];
  return {
    kind: 'bars',
    file,
    title,
    unit,
    logarithmic: false,
    categories: all.map(([connections]) => many(connections, 'connection')),
    series: drawn.map(({ name, label }) => ({
      name: label,
      values: all.map(([, rounds]) => medianOf(rounds, name, of)),
    })),
  };
}

function many(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
