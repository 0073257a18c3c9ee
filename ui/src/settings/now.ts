import { useSyncExternalStore } from 'react';
import { serverNowMs } from '../api/serverClock.js';

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** Calls back each second while the page is visible. One timer, however many times are shown. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    if (document.visibilityState === 'hidden') return;
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** What `derive` makes of the present time. Renders again only when that changes. */
export function useFromNow<Derived extends string | number | boolean>(
  derive: (nowMs: number) => Derived,
): Derived {
  return useSyncExternalStore(subscribe, () => derive(serverNowMs()));
}
