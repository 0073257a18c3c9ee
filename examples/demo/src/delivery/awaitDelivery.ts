import { setTimeout as pause } from 'node:timers/promises';

export interface AwaitDeliveryOptions {
  readonly expectedCount: number;
  readonly count: () => Promise<number>;
  readonly signal: AbortSignal;
  readonly intervalMs?: number;
  /** How long the count must stand still, once enough is there: time for a doubled event to show itself. */
  readonly quietMs?: number;
  /** How long it may stand still while too little is there, before the wait is given up. */
  readonly stalledMs?: number;
}

/**
 * Waits until as many events are there as are expected and no more come, or until nothing has come for too long.
 * Whether they are the right ones is for the ledger to say.
 */
export async function awaitDelivery(options: AwaitDeliveryOptions): Promise<'complete' | 'stalled'> {
  const { expectedCount, count, signal, intervalMs = 200, quietMs = 2_000, stalledMs = 30_000 } = options;
  let lastCount = -1;
  let lastChangeMs = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const found = await count();
    const nowMs = performance.now();
    if (found !== lastCount) {
      lastCount = found;
      lastChangeMs = nowMs;
    }
    const stillMs = nowMs - lastChangeMs;
    if (found >= expectedCount && stillMs >= quietMs) return 'complete';
    if (stillMs >= stalledMs) return 'stalled';
    await pause(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}
