import { expect, it } from 'vitest';
import { Random } from './random.js';

const draw = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.next());

it('gives the same numbers for the same seed, and others for another', () => {
  expect(draw(new Random(7), 5)).toEqual(draw(new Random(7), 5));
  expect(draw(new Random(7), 5)).not.toEqual(draw(new Random(8), 5));
});

it('keeps to its bounds and reaches both', () => {
  const random = new Random(1);
  const drawn = new Set(Array.from({ length: 1_000 }, () => random.integer(3, 6)));
  expect([...drawn].sort()).toEqual([3, 4, 5, 6]);
});

it('chooses by weight', () => {
  const random = new Random(1);
  const counts = { often: 0, seldom: 0, never: 0 };
  for (let draws = 0; draws < 10_000; draws += 1)
    counts[random.weighted({ often: 9, seldom: 1, never: 0 })] += 1;
  expect(counts.never).toBe(0);
  expect(counts.seldom).toBeGreaterThan(800);
  expect(counts.seldom).toBeLessThan(1_200);
});
