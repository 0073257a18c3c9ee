import { describe, expect, it, vi } from 'vitest';
import type { Clock } from '../../../delivery/clock.js';
import type { TaskProgress } from '../../engine.js';
import { ProgressReports } from './progressReports.js';

/** A clock whose time passes when the test says so. */
function heldClock(): { clock: Clock; pass: (durationMs: number) => Promise<void>; waiting: () => number } {
  let nowMs = 0;
  const timers = new Set<{ atMs: number; callback: () => void }>();
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    clock: {
      monotonicMs: () => nowMs,
      now: () => new Date(nowMs),
      after(durationMs, callback) {
        const timer = { atMs: nowMs + durationMs, callback };
        timers.add(timer);
        return () => void timers.delete(timer);
      },
    },
    async pass(durationMs) {
      nowMs += durationMs;
      for (const timer of [...timers]) if (timer.atMs <= nowMs && timers.delete(timer)) timer.callback();
      await settle();
    },
    waiting: () => timers.size,
  };
}

function collected(clock: Clock, fails = false) {
  const sent: TaskProgress[] = [];
  const onError = vi.fn();
  const reports = new ProgressReports({
    clock,
    onError,
    send: (progress) => {
      sent.push(progress);
      return fails ? Promise.reject(new Error('gone')) : Promise.resolve();
    },
  });
  return { reports, sent, onError };
}

describe('the progress of a run', () => {
  it('goes on at once, then the newest figures once a second', async () => {
    const { clock, pass } = heldClock();
    const { reports, sent } = collected(clock);
    for (let events = 0; events < 50; events += 1) reports.report({ events });
    await pass(0);
    expect(sent).toEqual([{ events: 0 }]);
    await pass(999);
    expect(sent).toHaveLength(1);
    await pass(1);
    expect(sent).toEqual([{ events: 0 }, { events: 49 }]);
    await pass(10_000);
    expect(sent).toHaveLength(2);
    reports.report({ events: 50 });
    await pass(0);
    expect(sent).toHaveLength(3);
  });

  it('ends with the last figures, and leaves no timer', async () => {
    const { clock, pass, waiting } = heldClock();
    const { reports, sent } = collected(clock);
    reports.report({ events: 1 });
    reports.report({ events: 2 });
    await reports.end();
    expect(sent).toEqual([{ events: 1 }, { events: 2 }]);
    await pass(5_000);
    expect(sent).toHaveLength(2);
    expect(waiting()).toBe(0);
  });

  it('tells an error and goes on', async () => {
    const { clock, pass } = heldClock();
    const { reports, sent, onError } = collected(clock, true);
    reports.report({ events: 1 });
    await pass(0);
    reports.report({ events: 2 });
    await pass(1_000);
    reports.report({ events: 3 });
    await reports.end();
    expect(sent).toHaveLength(3);
    expect(onError).toHaveBeenCalledTimes(3);
  });

  it('sends nothing of a run that told nothing', async () => {
    const { reports, sent } = collected(heldClock().clock);
    await reports.end();
    expect(sent).toEqual([]);
  });
});
