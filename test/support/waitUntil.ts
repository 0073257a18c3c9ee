import { setTimeout as pause } from 'node:timers/promises';

const pollMs = 20;

/**
 * Waits until `condition` holds, looking every 20 ms.
 * @throws when it does not hold within `deadlineMs`, naming what was waited for
 */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new Error(`Waited ${String(deadlineMs)} ms in vain until ${what}.`);
    await pause(pollMs);
  }
}
