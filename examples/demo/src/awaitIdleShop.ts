import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { DemoError } from './demoError.js';

const health = z.object({ requestsUnderWay: z.int() });
const pollMs = 50;
const limitMs = 30_000;
/** A request may still be on its way through the kernel when the shop first says that it has none. */
const idleAnswersNeeded = 5;

/** Waits until the shop works on no request any more, those included whose clients are gone. */
export async function awaitIdleShop(storefrontUrl: string, signal: AbortSignal): Promise<void> {
  const endMs = performance.now() + limitMs;
  let idleAnswers = 0;
  while (idleAnswers < idleAnswersNeeded) {
    signal.throwIfAborted();
    if (performance.now() > endMs)
      throw new DemoError(`The shop was still busy after ${String(limitMs / 1_000)} s.`);
    const response = await fetch(`${storefrontUrl}/health`, { signal });
    const { requestsUnderWay } = health.parse(await response.json());
    idleAnswers = requestsUnderWay === 0 ? idleAnswers + 1 : 0;
    await pause(pollMs, undefined, { signal });
  }
}
