import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.js';

const options = { firstMs: 500, maxMs: 30_000 };

describe('the wait before a retry', () => {
  it('doubles with each retry up to its maximum', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((retry) =>
      backoffMs(retry, { ...options, random: () => 1 }),
    );
    expect(longest).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('is drawn from the upper half of its range', () => {
    expect(backoffMs(3, { ...options, random: () => 0 })).toBe(1_000);
    expect(backoffMs(3, { ...options, random: () => 0.5 })).toBe(1_500);
    expect(backoffMs(3, { ...options, random: () => 1 })).toBe(2_000);
  });

  it('stays within its bounds for any retry, and is a whole number', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 0, max: 100_000 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (retry, firstMs, maxMs, random) => {
          const wait = backoffMs(retry, { firstMs, maxMs, random: () => random });
          expect(Number.isInteger(wait)).toBe(true);
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThanOrEqual(maxMs);
        },
      ),
    );
  });

  it('differs between workers that failed together', () => {
    const waits = Array.from({ length: 100 }, () => backoffMs(5, options));
    expect(new Set(waits).size).toBeGreaterThan(10);
  });
});
