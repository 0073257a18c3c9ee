/** Ranges of time that end now, as they stand in the address: `last=24h`. */
export const ranges = [
  { value: '15m', label: 'Last 15 minutes', ms: 15 * 60_000 },
  { value: '1h', label: 'Last hour', ms: 3_600_000 },
  { value: '6h', label: 'Last 6 hours', ms: 6 * 3_600_000 },
  { value: '24h', label: 'Last 24 hours', ms: 24 * 3_600_000 },
  { value: '7d', label: 'Last 7 days', ms: 7 * 86_400_000 },
  { value: '30d', label: 'Last 30 days', ms: 30 * 86_400_000 },
  { value: '90d', label: 'Last 90 days', ms: 90 * 86_400_000 },
] as const;

export interface TimeRange {
  /** Between two moments, as ISO 8601. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Or that long before now. */
  readonly lastMs: number | undefined;
}

/** The range that an address names. Without one, the last `standard`, or no range at all. */
export function rangeOf(params: URLSearchParams, standard?: (typeof ranges)[number]['value']): TimeRange {
  const from = momentOf(params.get('from'));
  const to = momentOf(params.get('to'));
  if (from !== undefined || to !== undefined) return { from, to, lastMs: undefined };
  const name = params.get('last') ?? standard;
  return { from, to, lastMs: ranges.find(({ value }) => value === name)?.ms };
}

/** The moment that a parameter of the address names, if it is one. */
function momentOf(text: string | null): string | undefined {
  const ms = text === null ? Number.NaN : Date.parse(text);
  if (text === null || Number.isNaN(ms)) return undefined;
  // What the databases wrote has microseconds, which a Date would cut.
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) ? text : new Date(ms).toISOString();
}
