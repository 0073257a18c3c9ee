/**
 * A signal that fires with the first of two. Unlike `AbortSignal.any`, which leaves some 65 bytes at the longer-lived
 * one with each call (Node 20.20), it lets go of both when it is stopped.
 */
export function firstOf(
  one: AbortSignal,
  other: AbortSignal,
): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort();
  };
  const sources = [one, other];
  for (const source of sources) {
    if (source.aborted) abort();
    else source.addEventListener('abort', abort, { once: true });
  }
  return {
    signal: controller.signal,
    stop() {
      for (const source of sources) source.removeEventListener('abort', abort);
    },
  };
}
