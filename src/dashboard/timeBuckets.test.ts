import { describe, expect, it } from 'vitest';
import { beginOfBucket, coverWithBuckets } from './timeBuckets.js';

const at = (iso: string): number => Date.parse(iso);

describe('buckets of time', () => {
  it('have a round width and cover the range', () => {
    const buckets = coverWithBuckets(at('2026-11-26T09:17:00Z'), at('2026-11-26T10:17:00Z'), 60);
    expect(buckets).toMatchObject({ widthMs: 60_000, count: 60 });
    expect(beginOfBucket(buckets, buckets.first)).toBe('2026-11-26T09:17:00.000Z');
  });

  it('begin before the range and reach beyond it where its ends are not round', () => {
    const buckets = coverWithBuckets(at('2026-11-26T09:17:30Z'), at('2026-11-26T10:17:30Z'), 60);
    expect(buckets.count).toBe(61);
    expect(beginOfBucket(buckets, buckets.first)).toBe('2026-11-26T09:17:00.000Z');
  });

  it.each([
    ['a second', 1_000],
    ['a day', 86_400_000],
    ['ninety days', 7_776_000_000],
    ['four hundred years', 12_622_780_800_000],
  ])('are no more than asked for, over %s', (_, rangeMs) => {
    for (const countMax of [1, 60, 200, 300]) {
      const { count, widthMs } = coverWithBuckets(0, rangeMs, countMax);
      expect(count).toBeLessThanOrEqual(countMax);
      expect(count * widthMs).toBeGreaterThanOrEqual(rangeMs);
    }
  });

  it('are one at least, however short the range', () => {
    expect(coverWithBuckets(500, 501, 60)).toEqual({ widthMs: 1_000, first: 0, count: 1 });
  });
});
