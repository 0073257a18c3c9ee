import { defineConfig } from 'vitest/config';

/** The long form of the chaos, apart from what `npm test` runs. Started by `npm run chaos`, which says what it takes. */
export default defineConfig({
  test: {
    include: ['test/chaos/long/*.long.ts'],
    globalSetup: ['test/support/globalSetup.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
    maxConcurrency: 4,
    reporters: ['dot'],
  },
});
