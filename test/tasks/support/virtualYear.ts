import { expect } from 'vitest';

export const dayMs = 86_400_000;
export const yearStartMs = Date.UTC(2026, 0, 1);
export const changeMs = yearStartMs + 182 * dayMs;
export const changeBackMs = changeMs + 14 * dayMs;
export const yearEndMs = yearStartMs + 365 * dayMs;

/** Workers in places that change their clocks on different days of 2026, one of them by half an hour. */
export const places = [
  {
    timeZone: 'Europe/Berlin',
    dateStyle: 'German, DMY',
    changesMs: [Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 9, 25, 1)],
  },
  {
    timeZone: 'America/New_York',
    dateStyle: 'SQL, MDY',
    changesMs: [Date.UTC(2026, 2, 8, 7), Date.UTC(2026, 10, 1, 6)],
  },
  {
    timeZone: 'Australia/Lord_Howe',
    dateStyle: 'Postgres, DMY',
    changesMs: [Date.UTC(2026, 3, 4, 15), Date.UTC(2026, 9, 3, 15, 30)],
  },
];

export const clockChanges = places.flatMap(({ changesMs }, place) =>
  changesMs.map((atMs) => ({ place, atMs })),
);

export interface YearOptions {
  readonly intervalMs: number;
  /** For two weeks in the middle of the year. */
  readonly otherIntervalMs: number;
  readonly seed: number;
  /** Changes the product's statements, for a control that must fail. */
  readonly alter?: (text: string) => string;
}

export interface YearReport {
  /** What was not as it must be. The year ends with the first. */
  readonly findings: readonly string[];
  /** Times at which the task was due, by plain arithmetic. */
  readonly dueTimes: number;
  /** Of these, times over which no worker was there; each stretch of them was caught up with by one run. */
  readonly missed: number;
  readonly runs: number;
  /** Claims that Postgres has counted. */
  readonly claims: number;
  readonly restarts: number;
  readonly outages: number;
  /** Changes of a place's clock, each lived by its own worker. */
  readonly clockChanges: number;
  /** Runs for which several workers asked at the same time. */
  readonly contested: number;
  /** Runs whose worker died and that another took over. */
  readonly takenOver: number;
  /** Runs that took longer than the interval. */
  readonly long: number;
}

/** The year went by without a finding, and had something of everything in it. */
export function expectEveryDueTimeOnce(
  report: YearReport,
  { intervalMs, otherIntervalMs }: Pick<YearOptions, 'intervalMs' | 'otherIntervalMs'>,
): void {
  expect(report.findings).toEqual([]);
  const yearMs = yearEndMs - yearStartMs;
  expect(report.dueTimes).toBeGreaterThan(yearMs / Math.max(intervalMs, otherIntervalMs));
  expect(report.runs + report.missed).toBe(report.dueTimes);
  expect(report.claims).toBe(report.runs + report.takenOver);
  expect(report.clockChanges).toBe(clockChanges.length);
  const { restarts, outages, contested, takenOver, long } = report;
  for (const count of [restarts, outages, contested, takenOver, long]) expect(count).toBeGreaterThan(0);
}
