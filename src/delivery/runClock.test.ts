import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from './clock.js';
import { RunClock } from './runClock.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const graceMs = 1_000;

describe('the clock of a run', () => {
  it('lets it go on until something ends it, and calls that drained', () => {
    const clock = new RunClock({}, graceMs, systemClock);
    vi.advanceTimersByTime(10 ** 9);
    expect(clock.mayGoOn()).toBe(true);
    expect(clock.endedBecause()).toBe('drained');
    clock.stop();
  });

  it('ends it when its ttl is over', () => {
    const clock = new RunClock({ ttl: 5_000 }, graceMs, systemClock);
    vi.advanceTimersByTime(4_999);
    expect(clock.mayGoOn()).toBe(true);
    vi.advanceTimersByTime(1);
    expect(clock.mayGoOn()).toBe(false);
    expect(clock.endedBecause()).toBe('ttl_over');
    expect(clock.graceOver.aborted).toBe(false); // batches under way are finished
    clock.stop();
  });

  it('takes a ttl that is longer than a timer can be', () => {
    const clock = new RunClock({ ttl: 10 ** 12 }, graceMs, systemClock);
    vi.advanceTimersByTime(10 ** 6);
    expect(clock.mayGoOn()).toBe(true);
    clock.stop();
  });

  it.each([-1, Number.NaN, Number.NEGATIVE_INFINITY])('refuses a ttl of %s', (ttl) => {
    expect(() => new RunClock({ ttl }, graceMs, systemClock)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });

  it('ends it when its signal fires, and gives batches under way their grace', () => {
    const stop = new AbortController();
    const clock = new RunClock({ signal: stop.signal }, graceMs, systemClock);
    stop.abort();
    expect(clock.mayGoOn()).toBe(false);
    expect(clock.endedBecause()).toBe('stopped');
    vi.advanceTimersByTime(graceMs - 1);
    expect(clock.graceOver.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(clock.graceOver.aborted).toBe(true);
    clock.stop();
  });

  it('is over at once when the signal has fired before', () => {
    const clock = new RunClock({ signal: AbortSignal.abort() }, graceMs, systemClock);
    expect(clock.mayGoOn()).toBe(false);
    expect(clock.endedBecause()).toBe('stopped');
    clock.stop();
  });

  it('keeps the first reason, except that a failure stands out', () => {
    const clock = new RunClock({ ttl: 10 }, graceMs, systemClock);
    clock.end('retries_exhausted');
    vi.advanceTimersByTime(10);
    clock.end('misconfigured');
    expect(clock.endedBecause()).toBe('retries_exhausted');
    clock.end('failed');
    expect(clock.endedBecause()).toBe('failed');
    clock.stop();
  });

  it('leaves no timer and no listener behind once it is stopped', () => {
    const stop = new AbortController();
    const clock = new RunClock({ ttl: 10_000, signal: stop.signal }, graceMs, systemClock);
    clock.stop();
    stop.abort();
    expect(vi.getTimerCount()).toBe(0);
    expect(clock.mayGoOn()).toBe(true);
  });
});

describe('a wait of the clock', () => {
  // node:timers/promises is not faked, so these use real time; the long wait would outlast the test.
  beforeEach(() => {
    vi.useRealTimers();
  });

  it('ends when it is over', async () => {
    const clock = new RunClock({}, graceMs, systemClock);
    await expect(clock.wait(1)).resolves.toBeUndefined();
    expect(clock.mayGoOn()).toBe(true);
    clock.stop();
  });

  it('ends early when the run ends, and at once when it has ended', async () => {
    const clock = new RunClock({}, graceMs, systemClock);
    const waiting = clock.wait(3_600_000);
    clock.end('stopped');
    await expect(waiting).resolves.toBeUndefined();
    await expect(clock.wait(3_600_000)).resolves.toBeUndefined();
    clock.stop();
  });
});
