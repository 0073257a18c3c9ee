import { drainCosts, drainStreams, measuredOn } from './measuredCosts.js';

/** A cost that grows in a line: so much for a batch, and so much for each of its records. */
export interface LinearCost {
  readonly perBatch: number;
  readonly perEvent: number;
}

/** Seconds that a batch takes, and the CPU seconds that it costs each process. */
export interface BatchCosts {
  readonly time: LinearCost;
  readonly node: LinearCost;
  readonly postgres: LinearCost;
  readonly clickhouse: LinearCost;
}

export interface MeasuredPoint {
  readonly batchEvents: number;
  readonly secondsPerEvent: number;
}

/**
 * The line `a + b·n` through what was measured. It is fitted to the cost of one record, `a/n + b`, by least squares:
 * fitted to the cost of a batch, the largest batch would outweigh all others.
 */
export function fitLine(points: readonly MeasuredPoint[]): LinearCost {
  const inverse = points.map(({ batchEvents }) => 1 / batchEvents);
  const meanX = mean(inverse);
  const meanY = mean(points.map(({ secondsPerEvent }) => secondsPerEvent));
  let covariance = 0;
  let variance = 0;
  for (const { batchEvents, secondsPerEvent } of points) {
    covariance += (1 / batchEvents - meanX) * (secondsPerEvent - meanY);
    variance += (1 / batchEvents - meanX) ** 2;
  }
  const perBatch = covariance / variance;
  return { perBatch, perEvent: meanY - perBatch * meanX };
}

/**
 * Costs of events of a size.
 *
 * All were measured at one size. The cost of a record is taken to grow in proportion to its bytes, and not to shrink below
 * what was measured: a part of it does not depend on the size, so that is too much rather than too little.
 */
export function batchCosts(bytesPerEvent: number): BatchCosts {
  const line = (secondsPerEventOf: (cost: (typeof drainCosts)[number]) => number): LinearCost => {
    const { perBatch, perEvent } = fitLine(
      drainCosts.map((cost) => ({ batchEvents: cost.batchEvents, secondsPerEvent: secondsPerEventOf(cost) })),
    );
    return { perBatch, perEvent: perEvent * sizeFactor(bytesPerEvent) };
  };
  return {
    // So many streams shared what was drained in a second; each took that much longer for a record of its own.
    time: line(({ rowsPerSecond }) => drainStreams / rowsPerSecond),
    node: line((cost) => cost.nodeCpuSecondsPerMillion / 1_000_000),
    postgres: line((cost) => cost.postgresCpuSecondsPerMillion / 1_000_000),
    clickhouse: line((cost) => cost.clickhouseCpuSecondsPerMillion / 1_000_000),
  };
}

/** By what the measured cost of a record is multiplied. */
export function sizeFactor(bytesPerEvent: number): number {
  return Math.max(1, bytesPerEvent / measuredOn.bytesPerEvent);
}

/** What a batch of that many events costs. */
export function costOfBatch({ perBatch, perEvent }: LinearCost, events: number): number {
  return perBatch + perEvent * events;
}

/** What one event costs in a batch of that many. */
export function costOfEvent({ perBatch, perEvent }: LinearCost, eventsPerBatch: number): number {
  return perBatch / eventsPerBatch + perEvent;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
