import { expect, it } from 'vitest';
import { awaitDelivery } from './awaitDelivery.js';

const never = new AbortController().signal;
const short = { intervalMs: 1, quietMs: 20, stalledMs: 60, signal: never };

/** Counts that come one after the other; the last one stays. */
function counting(...counts: readonly number[]): () => Promise<number> {
  const left = [...counts];
  return () => Promise.resolve((left.length > 1 ? left.shift() : left[0]) ?? 0);
}

it('is complete when enough is there and nothing more comes', async () => {
  expect(await awaitDelivery({ ...short, expectedCount: 3, count: counting(0, 1, 3) })).toBe('complete');
  expect(await awaitDelivery({ ...short, expectedCount: 0, count: counting(0) })).toBe('complete');
});

it('waits on while more comes than was expected, so that the ledger sees it', async () => {
  let calls = 0;
  const count = (): Promise<number> => Promise.resolve(Math.min((calls += 1), 30));
  expect(await awaitDelivery({ ...short, expectedCount: 3, count })).toBe('complete');
  expect(calls).toBeGreaterThan(30);
});

it('gives up when nothing comes any more, and at once when it is interrupted', async () => {
  expect(await awaitDelivery({ ...short, expectedCount: 3, count: counting(0, 2) })).toBe('stalled');
  const interrupted = { ...short, signal: AbortSignal.abort(), expectedCount: 3, count: counting(0) };
  await expect(awaitDelivery(interrupted)).rejects.toThrow('aborted');
});
