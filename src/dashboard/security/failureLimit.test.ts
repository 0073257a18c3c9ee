import { beforeEach, describe, expect, it } from 'vitest';
import { FailureLimit } from './failureLimit.js';

let nowMs: number;
let limit: FailureLimit;

beforeEach(() => {
  nowMs = 1_000;
  limit = new FailureLimit({ failuresMax: 3, windowMs: 60_000, keysMax: 2, nowMs: () => nowMs });
});

function fail(key: string, times: number): void {
  for (let count = 0; count < times; count += 1) limit.fail(key);
}

describe('the limit of failures', () => {
  it('holds nobody up before there are too many', () => {
    fail('a', 2);
    expect(limit.waitMs('a')).toBe(0);
    expect(limit.waitMs('b')).toBe(0);
  });

  it('holds up whoever has failed too often, until the time is over', () => {
    fail('a', 3);
    expect(limit.waitMs('a')).toBe(60_000);
    nowMs += 59_999;
    expect(limit.waitMs('a')).toBe(1);
    nowMs += 1;
    expect(limit.waitMs('a')).toBe(0);
    limit.fail('a');
    expect(limit.waitMs('a')).toBe(0);
  });

  it('counts each by itself', () => {
    fail('a', 3);
    expect(limit.waitMs('b')).toBe(0);
  });

  it('remembers so many and no more, and forgets those that failed longest ago', () => {
    fail('a', 3);
    fail('b', 3);
    limit.fail('a');
    fail('c', 3);
    expect(limit.waitMs('b')).toBe(0);
    expect(limit.waitMs('a')).toBeGreaterThan(0);
    expect(limit.waitMs('c')).toBeGreaterThan(0);
  });
});
