export interface LatencySummary {
  readonly probes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** The quantiles by nearest rank: values that were measured, nothing in between. Undefined when there are none. */
export function summariseLatency(latenciesMs: readonly number[]): LatencySummary | undefined {
  const sorted = latenciesMs.toSorted((left, right) => left - right);
  const atRank = (quantile: number): number | undefined => sorted[Math.ceil(quantile * sorted.length) - 1];
  const [p50Ms, p99Ms, maxMs] = [atRank(0.5), atRank(0.99), sorted.at(-1)];
  if (p50Ms === undefined || p99Ms === undefined || maxMs === undefined) return undefined;
  return { probes: sorted.length, p50Ms, p99Ms, maxMs };
}
