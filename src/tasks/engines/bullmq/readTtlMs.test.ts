import { describe, expect, it } from 'vitest';
import { readTtlMs } from './readTtlMs.js';

describe('the working time in the data of a job', () => {
  it.each([undefined, null, {}, { ttl: null }, { ttl: undefined }, { other: 1 }])(
    'is unlimited for %j',
    (data) => {
      expect(readTtlMs(data)).toBeUndefined();
    },
  );

  it('is given in seconds, whole or not', () => {
    expect(readTtlMs({ ttl: 30 })).toBe(30_000);
    expect(readTtlMs({ ttl: 0.25 })).toBe(250);
    expect(readTtlMs({ ttl: 0.000_1 })).toBe(1);
    expect(readTtlMs({ ttl: 31_536_000 })).toBe(31_536_000_000);
  });

  it.each([0, -1, Number.NaN, Infinity, 31_536_001, '30', true, {}, [30]])('is refused as %j', (ttl) => {
    expect(() => readTtlMs({ ttl })).toThrow(/^ttl of the job is .*allowed: seconds/);
  });

  it.each(['text', 5, [1], true])('is refused where the data is %j', (data) => {
    expect(() => readTtlMs(data)).toThrow('not an object');
  });

  it('shows only the beginning of what it refuses', () => {
    expect(() => readTtlMs({ ttl: 'x'.repeat(1_000_000) })).toThrow(/^.{0,200}$/);
  });
});
