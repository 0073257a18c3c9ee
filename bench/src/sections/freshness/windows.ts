import { quantile } from '../../measuring/statistics.js';
import type { Produced } from './producer.js';
import type { Seen } from './reader.js';

/** Delays from commit to queryable of the events that were committed in one part of the time. */
export interface DelayWindow {
  readonly events: number;
  readonly p50Seconds: number;
  readonly p99Seconds: number;
  readonly maxSeconds: number;
}

/**
 * The delay of each event, in seconds, in the order of their numbers.
 * @throws when an event is missing or was seen twice
 */
export function delaysSeconds(firstSequence: number, produced: Produced, seen: Seen): number[] {
  const { committedMs } = produced;
  const delays = committedMs.map(() => Number.NaN);
  for (const [place, sequence] of seen.sequences.entries()) {
    const index = sequence - firstSequence;
    const committed = committedMs[index];
    const seenMs = seen.seenMs[place];
    if (committed === undefined || seenMs === undefined)
      throw new Error(`Event ${String(sequence)} is in ClickHouse but was never committed.`);
    if (!Number.isNaN(delays[index]))
      throw new Error(`Event ${String(sequence)} is in ClickHouse more than once.`);
    // The commit's confirmation may reach its process after the reader has seen the event.
    delays[index] = Math.max(0, seenMs - committed) / 1_000;
  }
  const missing = delays.filter(Number.isNaN).length;
  if (missing > 0) throw new Error(`${String(missing)} committed events never became queryable.`);
  return delays;
}

/** Leaves out the first part, in which everything warms up, and cuts the rest in so many windows. */
export function toWindows(delays: readonly number[], count: number, warmUpShare: number): DelayWindow[] {
  const measured = delays.slice(Math.floor(delays.length * warmUpShare));
  const size = Math.floor(measured.length / count);
  return Array.from({ length: count }, (_, window) => {
    const part = measured.slice(window * size, (window + 1) * size);
    return {
      events: part.length,
      p50Seconds: quantile(part, 0.5),
      p99Seconds: quantile(part, 0.99),
      maxSeconds: quantile(part, 1),
    };
  });
}
