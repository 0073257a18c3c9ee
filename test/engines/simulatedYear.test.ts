import { afterEach, beforeEach, describe, it } from 'vitest';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { simulateYear } from '../tasks/support/simulateYear.js';
import { minute } from '../tasks/support/taskTable.js';
import { expectEveryDueTimeOnce } from '../tasks/support/virtualYear.js';

let databases: TestDatabases;
beforeEach(async () => {
  databases = await createDatabases();
});
afterEach(async () => {
  await databases.drop();
});

// The longer intervals, and what such a year finds when the clock is wrong: test/tasks/simulatedYear.test.ts.
describe('in a simulated year, with workers in Berlin, New York and on Lord Howe,', () => {
  it(
    'a task runs every 7 minutes, for two weeks every 11, once for each due time',
    { timeout: 300_000 },
    async () => {
      const intervals = { intervalMs: 7 * minute, otherIntervalMs: 11 * minute };
      expectEveryDueTimeOnce(await simulateYear(databases, { ...intervals, seed: 7 }), intervals);
    },
  );
});
