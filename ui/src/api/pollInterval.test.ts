import { expect, it } from 'vitest';
import { pollInterval, pollMsMax } from './pollInterval.js';

it('asks at its interval while the server answers', () => {
  expect(pollInterval(3000, { failing: false, failures: 7 })).toBe(3000);
});

it('asks twice as late after each failure, a minute at most', () => {
  const waits = [1, 2, 3, 4, 5, 6, 60].map((failures) => pollInterval(3000, { failing: true, failures }));
  expect(waits).toEqual([6000, 12_000, 24_000, 48_000, pollMsMax, pollMsMax, pollMsMax]);
});

it('does not ask a failing server sooner than its interval', () => {
  expect(pollInterval(300_000, { failing: true, failures: 1 })).toBe(300_000);
});
