import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planEntry } from './planEntry.js';

const intervalMs = 1_000;

describe('where a scheduler begins that is entered', () => {
  it('is its due time, while that lies ahead', () => {
    expect(planEntry({ dueMs: 5_500, intervalMs, lastStartedMs: 4_500 }, 5_000)).toEqual({
      startMs: 5_500,
      dueNowMs: undefined,
    });
  });

  it('is the next time in the phase of a due time that has passed, with one run for all that were missed', () => {
    expect(planEntry({ dueMs: 1_300, intervalMs, lastStartedMs: 310 }, 5_000)).toEqual({
      startMs: 5_300,
      dueNowMs: 4_300,
    });
  });

  it('has a task that never ran, or that is due this very moment, run at once', () => {
    expect(planEntry({ dueMs: 5_000, intervalMs, lastStartedMs: undefined }, 5_000)).toEqual({
      startMs: 6_000,
      dueNowMs: 5_000,
    });
  });

  it('has nothing to catch up when something else has run the task since', () => {
    expect(planEntry({ dueMs: 1_300, intervalMs, lastStartedMs: 4_300 }, 5_000).dueNowMs).toBeUndefined();
  });

  it('lies ahead and in phase, whatever passed', () => {
    fc.assert(
      fc.property(
        fc.nat(2_000_000_000_000),
        fc.integer({ min: 1, max: 86_400_000 }),
        fc.nat(2_000_000_000_000),
        (dueMs, interval, nowMs) => {
          const { startMs, dueNowMs } = planEntry(
            { dueMs, intervalMs: interval, lastStartedMs: undefined },
            nowMs,
          );
          expect(startMs).toBeGreaterThan(nowMs);
          expect(Math.abs((startMs - dueMs) % interval)).toBe(0);
          expect(startMs - Math.max(dueMs, nowMs)).toBeLessThanOrEqual(interval);
          expect(dueNowMs).toBe(dueMs > nowMs ? undefined : startMs - interval);
        },
      ),
    );
  });
});
