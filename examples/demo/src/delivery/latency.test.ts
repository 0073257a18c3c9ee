import { expect, it } from 'vitest';
import { summariseLatency } from './latency.js';

it('names measured values by nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(summariseLatency(hundred)).toEqual({ probes: 100, p50Ms: 50, p99Ms: 99, maxMs: 100 });
  expect(summariseLatency([9, 200])).toEqual({ probes: 2, p50Ms: 9, p99Ms: 200, maxMs: 200 });
  expect(summariseLatency([7])).toEqual({ probes: 1, p50Ms: 7, p99Ms: 7, maxMs: 7 });
});

it('says nothing where nothing was measured', () => {
  expect(summariseLatency([])).toBeUndefined();
});
