const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Widths that a person reads at a glance. */
const widthsMs = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * secondMs),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minuteMs),
  ...[1, 2, 3, 6, 12].map((count) => count * hourMs),
  ...[1, 2, 7, 14, 30, 91, 365].map((count) => count * dayMs),
];

/** Stretches of time, counted from the begin of Unix time, that cover a range. */
export interface TimeBuckets {
  readonly widthMs: number;
  /** The number of the first. */
  readonly first: number;
  readonly count: number;
}

/** Covers a range, in milliseconds of Unix time, with buckets of a round width: `countMax` of them at most, and one or two at its ends. */
export function coverWithBuckets(fromMs: number, toMs: number, countMax: number): TimeBuckets {
  const wantedMs = (toMs - fromMs) / countMax;
  const yearMs = 365 * dayMs;
  const widthMs = widthsMs.find((width) => width >= wantedMs) ?? Math.ceil(wantedMs / yearMs) * yearMs;
  const first = Math.floor(fromMs / widthMs);
  const last = Math.max(first, Math.ceil(toMs / widthMs) - 1);
  return { widthMs, first, count: last - first + 1 };
}

/** When a bucket begins. */
export function beginOfBucket({ widthMs }: TimeBuckets, bucket: number): string {
  return new Date(bucket * widthMs).toISOString();
}
