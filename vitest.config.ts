import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        // Pure logic, beside its source; and delivery simulated, which needs no engine either.
        resolve: { alias: { '#schema': new URL('src/dashboard/schema', import.meta.url).pathname } },
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'examples/*/src/**/*.test.ts',
            'bench/src/**/*.test.ts',
            'ui/src/**/*.test.ts',
            'test/simulation/*.test.ts',
          ],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Real Postgres and real ClickHouse, started once; each test makes databases of its own.
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
          exclude: ['**/node_modules/**', 'test/simulation/**', 'test/engines/**', 'test/browser/**'],
          globalSetup: ['test/support/globalSetup.ts'],
          // Copies of the product that negative controls have altered are plain JavaScript.
          server: { deps: { external: [/\.waybill/] } },
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // The dashboard's pages in a real browser, on real engines. `npm run test:browser` only: it needs Chromium.
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/support/globalSetup.ts'],
          testTimeout: 90_000,
          hookTimeout: 90_000,
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
      {
        // The engines themselves: starts and kills many of them.
        test: {
          name: 'embedded',
          include: ['embedded/src/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // What starts the tasks, on real brokers: needs Debian's redis-server, rabbitmq-server and celery.
        test: {
          name: 'engines',
          include: ['test/engines/**/*.test.ts'],
          globalSetup: ['test/support/globalSetup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 4, // they wait for brokers and intervals more than they work
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
