import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { simulateYear } from './support/simulateYear.js';
import { minute } from './support/taskTable.js';
import { expectEveryDueTimeOnce } from './support/virtualYear.js';

let databases: TestDatabases;
beforeEach(async () => {
  databases = await createDatabases();
});
afterEach(async () => {
  await databases.drop();
});

// A year of 7 minutes takes longer: test/engines/simulatedYear.test.ts.
describe('in a simulated year, with workers in Berlin, New York and on Lord Howe,', () => {
  it.each([
    [45, 60],
    [1_440, 720],
  ])('a task runs every %d minutes, for two weeks every %d, once for each due time', async (usual, other) => {
    const intervals = { intervalMs: usual * minute, otherIntervalMs: other * minute };
    const report = await simulateYear(databases, { ...intervals, seed: usual });
    expectEveryDueTimeOnce(report, intervals);
  });
});

/** Statements as they might be written, each wrong on the days on which clocks change. */
const alterations = {
  'in local time': (text: string) =>
    text.replace(
      /ELSE next_due_at (\+ interval '1 millisecond' \* interval_ms \* greatest\([^]*?\)::double precision)/,
      'ELSE (next_due_at::timestamp $1)::timestamptz',
    ),
  'by days of the calendar': (text: string) =>
    text.replace(
      "next_due_at + interval '1 millisecond' * interval_ms *",
      "next_due_at + interval '1 day' * (interval_ms / 86400000.0) *",
    ),
};

describe('a simulated year finds a clock that counts', () => {
  it.each([
    ['in local time', 45],
    ['in local time', 1_440],
    ['by days of the calendar', 1_440],
  ] as const)('%s, every %d minutes', async (wrong, usual) => {
    let altered = 0;
    const alter = (text: string): string => {
      const changed = alterations[wrong](text);
      altered += changed === text ? 0 : 1;
      return changed;
    };
    const intervalMs = usual * minute;
    const report = await simulateYear(databases, {
      intervalMs,
      otherIntervalMs: intervalMs,
      seed: usual,
      alter,
    });
    expect(altered).toBeGreaterThan(0);
    expect(report.clockChanges).toBeGreaterThan(0);
    expect(report.findings[0]).toMatch(/^2026-(0[34]|1[01])-.*: it is due next at/);
  });
});
