import { describe, expect, it } from 'vitest';
import { median, quantile } from './statistics.js';

describe('the median', () => {
  it('is the sample in the middle, in whatever order they come', () => {
    expect(median([30, 10, 20])).toBe(20);
  });

  it('is the mean of the two in the middle of an even number', () => {
    expect(median([4, 1, 2, 100])).toBe(3);
  });

  it('leaves the samples in their order', () => {
    const samples = [3, 1, 2];
    median(samples);
    expect(samples).toEqual([3, 1, 2]);
  });

  it('does not exist without samples', () => {
    expect(() => median([])).toThrow('There are no samples.');
  });
});

describe('a quantile', () => {
  const hundred = Array.from({ length: 101 }, (_, index) => index);

  it.each([
    [0, 0],
    [0.5, 50],
    [0.99, 99],
    [1, 100],
  ])('of share %d of the numbers from 0 to 100 is %d', (share, expected) => {
    expect(quantile(hundred, share)).toBeCloseTo(expected, 9);
  });

  it('lies between two samples in proportion', () => {
    expect(quantile([10, 20], 0.25)).toBe(12.5);
  });
});
