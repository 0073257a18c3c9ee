import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assumptions } from './assumptions.js';
import { planCleaning } from './cleaning.js';

describe('cleaning', () => {
  it('keeps the outbox within its bound, unless events come faster than any cleaning', () => {
    const rates = fc.double({ min: 0.001, max: 1_000_000, noNaN: true });
    fc.assert(
      fc.property(rates, fc.integer({ min: 100, max: 10_000 }), (rate, bytes) => {
        const { bytesMax, intervalMinutes } = planCleaning(rate, bytes);
        if (intervalMinutes > 10) expect(bytesMax).toBeLessThanOrEqual(assumptions.outboxBytesMax);
      }),
    );
  });

  it('makes partitions that last, and not too many of them', () => {
    const rates = fc.double({ min: 0.001, max: 1_000_000, noNaN: true });
    fc.assert(
      fc.property(rates, (rate) => {
        const { partitionEvents, partitionSeconds, intervalMinutes } = planCleaning(rate, 366);
        expect(partitionSeconds).toBeGreaterThanOrEqual(assumptions.partitionSecondsMin);
        const filled = (rate * intervalMinutes * 60) / partitionEvents;
        expect(filled).toBeLessThanOrEqual(assumptions.partitionsPerCleaningMax);
      }),
    );
  });

  it('keeps the defaults for those who capture little', () => {
    expect(planCleaning(100, 366)).toMatchObject({ intervalMinutes: 1_440, partitionEvents: 1_000_000 });
  });
});
