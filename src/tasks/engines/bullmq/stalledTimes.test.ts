import { describe, expect, it } from 'vitest';
import { stalledTimes } from './stalledTimes.js';

describe('when a job counts as stalled', () => {
  it.each([2_000, 5_000, 30_000, 60_000, 3_600_000])('is within a lease of %i ms', (leaseMs) => {
    const { lockMs, lookMs } = stalledTimes(leaseMs);
    expect(lockMs + 2 * lookMs).toBeLessThanOrEqual(leaseMs);
  });

  it('is as BullMQ has it by default for the default lease, and no later for a longer one', () => {
    expect(stalledTimes(60_000)).toEqual({ lockMs: 30_000, lookMs: 15_000 });
    expect(stalledTimes(3_600_000)).toEqual({ lockMs: 30_000, lookMs: 15_000 });
  });

  it('leaves time for a late timer, however short the lease', () => {
    expect(stalledTimes(1)).toEqual({ lockMs: 1_000, lookMs: 500 });
  });
});
