import { streams, type DrainResult } from './contender.js';

/**
 * Sends batches in `count` streams, one after the other in each, until a stream finds nothing more or the time is over.
 * @param sendNext sends the next batch and resolves with its number of rows; 0: there is none
 */
export async function inStreams(
  limitMs: number,
  sendNext: () => Promise<number>,
  count: number = streams,
): Promise<DrainResult> {
  const startMs = performance.now();
  let rows = 0;
  let batches = 0;
  const stream = async (): Promise<void> => {
    while (performance.now() - startMs < limitMs) {
      const sent = await sendNext();
      if (sent === 0) return;
      rows += sent;
      batches += 1;
    }
  };
  await Promise.all(Array.from({ length: count }, stream));
  return { rows, batches, elapsedMs: performance.now() - startMs };
}

/** Hands out the ids from `firstId` to `lastId` in ranges of `size`, each once; undefined when there are no more. */
export function idRanges(
  firstId: number,
  lastId: number,
  size: number,
): () => { readonly from: number; readonly to: number } | undefined {
  let next = firstId;
  return () => {
    if (next > lastId) return undefined;
    const from = next;
    next = Math.min(from + size, lastId + 1);
    return { from, to: next - 1 };
  };
}
