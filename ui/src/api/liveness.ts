import { useSyncExternalStore } from 'react';

let live = true;
const listeners = new Set<() => void>();

/** Holds the pages still, or lets them go on. */
export function toggleLiveness(): void {
  live = !live;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether pages ask by themselves for what is new. Somebody who reads a list can hold it still. */
export function useLiveness(): boolean {
  return useSyncExternalStore(subscribe, () => live);
}
