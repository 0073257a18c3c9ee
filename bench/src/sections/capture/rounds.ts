import { median, quantile } from '../../measuring/statistics.js';
import { captureWays, type CaptureWayName } from './ways.js';

/** What one way did in one slice. */
export interface MeasuredSlice {
  readonly elapsedMs: number;
  readonly latenciesUs: readonly number[];
  readonly nodeCpuUs: number;
  readonly postgresCpuUs: number;
}

/** One slice of each way, one after the other. */
export type Cycle = Readonly<Record<CaptureWayName, MeasuredSlice>>;

/** What one way did in one round: several slices, between those of the other ways. */
export interface RoundOfWay {
  readonly transactions: number;
  readonly transactionsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly nodeCpuUsPerTransaction: number;
  readonly postgresCpuUsPerTransaction: number;
}

export type Round = Readonly<Record<CaptureWayName, RoundOfWay>>;

/** The p99 of fewer transactions than this would rest on fewer than ten of them. */
const transactionsPerRoundMin = 1_000;
const roundsMin = 5;

/**
 * Puts cycles together to rounds in which every way has transactions enough for a p99 of its own, but makes at least five.
 *
 * Ways are compared round by round, and the median of the rounds' ratios is the result. One p99 over the whole run would
 * compare something else: a disturbance from outside, such as a neighbour on this machine, makes the slowest hundredth of
 * the run, and belongs to whichever way happened to be running. Within a round the slices of two ways are seconds apart, so
 * that what lasts longer hits both and falls out of their ratio; what is shorter spoils a round, which the median leaves
 * aside. More rounds of fewer transactions would not do: the p99 of a hundred is simply the second slowest.
 */
export function toRounds(cycles: readonly Cycle[]): Round[] {
  const perCycle = Math.min(
    ...captureWays.map(({ name }) => median(cycles.map((cycle) => cycle[name].latenciesUs.length))),
  );
  const wanted = Math.ceil(transactionsPerRoundMin / Math.max(perCycle, 1));
  const cyclesPerRound = Math.max(1, Math.min(wanted, Math.floor(cycles.length / roundsMin)));
  const count = Math.floor(cycles.length / cyclesPerRound);
  return Array.from({ length: count }, (_, round) =>
    toRound(cycles.slice(round * cyclesPerRound, (round + 1) * cyclesPerRound)),
  );
}

function toRound(cycles: readonly Cycle[]): Round {
  return Object.fromEntries(
    captureWays.map(({ name }) => [name, summarise(cycles.map((cycle) => cycle[name]))]),
  ) as unknown as Round; // an entry for each way
}

function summarise(slices: readonly MeasuredSlice[]): RoundOfWay {
  const latenciesUs = slices.flatMap((slice) => slice.latenciesUs);
  const transactions = latenciesUs.length;
  const sum = (of: (slice: MeasuredSlice) => number): number =>
    slices.reduce((total, slice) => total + of(slice), 0);
  return {
    transactions,
    transactionsPerSecond: (transactions / sum((slice) => slice.elapsedMs)) * 1_000,
    p50Ms: quantile(latenciesUs, 0.5) / 1_000,
    p99Ms: quantile(latenciesUs, 0.99) / 1_000,
    nodeCpuUsPerTransaction: sum((slice) => slice.nodeCpuUs) / transactions,
    postgresCpuUsPerTransaction: sum((slice) => slice.postgresCpuUs) / transactions,
  };
}

/** The median over the rounds. */
export function medianOf(
  rounds: readonly Round[],
  way: CaptureWayName,
  of: (round: RoundOfWay) => number,
): number {
  return median(rounds.map((round) => of(round[way])));
}

/** By how much, in per cent, a way exceeds the hand-written INSERT, round by round. */
export function excessPercent(
  rounds: readonly Round[],
  way: CaptureWayName,
  of: (round: RoundOfWay) => number,
): { readonly median: number; readonly lowerQuartile: number; readonly upperQuartile: number } {
  const percents = rounds.map((round) => (of(round[way]) / of(round.hand) - 1) * 100);
  return {
    median: median(percents),
    lowerQuartile: quantile(percents, 0.25),
    upperQuartile: quantile(percents, 0.75),
  };
}
