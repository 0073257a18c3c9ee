import { systemClock, waitUnless } from '../../../delivery/clock.js';

/** What a promise resolves to, or undefined when that takes longer. Leaves no timer. */
export async function within<Value>(durationMs: number, promise: Promise<Value>): Promise<Value | undefined> {
  const settled = new AbortController();
  const timeOut = waitUnless(settled.signal, systemClock, durationMs).then(() => undefined);
  try {
    return await Promise.race([promise, timeOut]);
  } finally {
    settled.abort();
  }
}
