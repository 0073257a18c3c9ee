import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../observe/logger.js';
import { systemClock } from './clock.js';
import { keepClaim, type ClaimKeeper } from './keepClaim.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const leaseMs = 3_000;

function keep(renew: () => Promise<boolean>): ClaimKeeper {
  const claimedAtMs = systemClock.monotonicMs();
  return keepClaim({ renew, leaseMs, claimedAtMs, clock: systemClock, logger: silentLogger, fields: {} });
}

describe('a claim that is kept', () => {
  it('is renewed three times a lease, for as long as its work goes on', async () => {
    const renew = vi.fn(() => Promise.resolve(true));
    const claim = keep(renew);
    await vi.advanceTimersByTimeAsync(10 * leaseMs);
    expect(renew).toHaveBeenCalledTimes(30);
    expect(claim.lost.aborted).toBe(false);
    await claim.stop();
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(renew).toHaveBeenCalledTimes(30);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is lost when a renewal finds it taken, and is not renewed again', async () => {
    const renew = vi.fn(() => Promise.resolve(false));
    const claim = keep(renew);
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(claim.lost.aborted).toBe(true);
    expect(renew).toHaveBeenCalledTimes(1);
    await claim.stop();
  });

  it('outlives renewals that fail as long as one succeeds within the lease', async () => {
    let calls = 0;
    const claim = keep(() => {
      calls += 1;
      return calls % 2 === 0 ? Promise.resolve(true) : Promise.reject(new Error('no connection'));
    });
    await vi.advanceTimersByTimeAsync(10 * leaseMs);
    expect(claim.lost.aborted).toBe(false);
    await claim.stop();
  });

  it('is lost when no renewal has succeeded for a whole lease', async () => {
    const claim = keep(() => Promise.reject(new Error('no connection')));
    await vi.advanceTimersByTimeAsync(leaseMs - 1);
    expect(claim.lost.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(claim.lost.aborted).toBe(true);
    await claim.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is known to be lost after the process was stopped for a lease, before any timer has fired', async () => {
    let nowMs = 1_000;
    const clock = { ...systemClock, monotonicMs: () => nowMs };
    const renew = (): Promise<boolean> => Promise.resolve(true);
    const claim = keepClaim({ renew, leaseMs, claimedAtMs: 900, clock, logger: silentLogger, fields: {} });
    nowMs = 900 + leaseMs - 1;
    expect(claim.isHeld()).toBe(true);
    nowMs = 900 + leaseMs;
    expect(claim.isHeld()).toBe(false);
    expect(claim.lost.aborted).toBe(true);
    await claim.stop();
  });

  it('is lost when a renewal hangs for a whole lease, and no second one is started meanwhile', async () => {
    const renew = vi.fn(() => new Promise<boolean>(() => undefined));
    const claim = keep(renew);
    await vi.advanceTimersByTimeAsync(2 * leaseMs);
    expect(claim.lost.aborted).toBe(true);
    expect(renew).toHaveBeenCalledTimes(1);
  });

  it('waits for a renewal that is under way when it is stopped', async () => {
    let answer: (held: boolean) => void = () => undefined;
    const claim = keep(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    await vi.advanceTimersByTimeAsync(leaseMs / 3);
    const stopped = vi.fn();
    const stopping = claim.stop().then(stopped);
    await vi.advanceTimersByTimeAsync(1);
    expect(stopped).not.toHaveBeenCalled();
    answer(true);
    await stopping;
    expect(claim.lost.aborted).toBe(false);
  });
});
