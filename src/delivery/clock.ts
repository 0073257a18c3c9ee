/**
 * The time as delivery sees it. A run asks no other, so that a simulation can run it in a time of its own.
 */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  monotonicMs(): number;
  /** The time of day. */
  now(): Date;
  /** Calls back once after so many milliseconds, or never when the returned function is called before. */
  after(durationMs: number, callback: () => void): () => void;
}

/** Node's timers fire at once beyond this: some 24 days. */
const timerMaxMs = 2 ** 31 - 1;

export const systemClock: Clock = Object.freeze({
  monotonicMs: () => performance.now(),
  now: () => new Date(),
  after(durationMs: number, callback: () => void) {
    const timer = setTimeout(callback, Math.min(durationMs, timerMaxMs));
    return () => {
      clearTimeout(timer);
    };
  },
});

/** Waits so many milliseconds, or less when `signal` fires. */
export function waitUnless(signal: AbortSignal, clock: Clock, durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const finish = (): void => {
      cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(durationMs, finish);
    signal.addEventListener('abort', finish, { once: true });
  });
}
