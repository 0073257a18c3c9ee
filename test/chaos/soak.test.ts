import { expect, inject, it } from 'vitest';
import { runSoak } from './soak.js';
import { nothingWrong } from './verdict.js';

it('producers, two workers and a faulty network on both sides end with every committed event there once', async () => {
  const engines = { postgresUrl: inject('postgresUrl'), clickhouseUrl: inject('clickhouseUrl') };
  const { verdict, faults, crashes } = await runSoak({ seed: 20_260_101, durationMs: 6_000, engines });
  expect(crashes).toEqual([]);
  expect(faults).toBeGreaterThan(0);
  expect(verdict).toEqual({ events: verdict.events, ...nothingWrong });
  expect(verdict.events).toBeGreaterThan(0);
}, 180_000);
