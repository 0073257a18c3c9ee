import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';

/**
 * How long a change of tables may wait for its lock. While it waits, captures queue behind it; they must not wait
 * longer than 50 ms, so it gives up before that and tries again later.
 */
export const ddlLockTimeoutMs = 40;

const triesMax = 20;
const pauseMs = 100;

/** What passes by itself: the same change may succeed at the next try. */
const passingStates = new Set([
  '55P03', // lock_not_available
  '40P01', // deadlock_detected
  '23514', // check_violation: ids have meanwhile come into the DEFAULT partition where one was to be attached
]);

/**
 * Runs `change`, a transaction with `lock_timeout` set, until it gets its lock, with pauses in which captures pass.
 * @returns what `change` returned, or `locked` when it had no luck within 20 tries, or before `signal` fired
 */
export async function withoutBlocking<Result>(
  change: () => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result | 'locked'> {
  for (let tries = 1; tries <= triesMax && signal?.aborted !== true; tries += 1) {
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || !passingStates.has(error.code ?? '')) throw error;
    }
    if (tries < triesMax) await wait(pauseMs * (0.5 + Math.random()));
  }
  return 'locked';
}
