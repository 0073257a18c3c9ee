import { useSyncExternalStore } from 'react';
import { parseSettings, type Settings } from './parseSettings.js';

export type { Density, Settings, TimeDisplay } from './parseSettings.js';

const storageKey = 'waybill-settings';

function readKept(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null; // storage is not allowed here: the settings last as long as the page
  }
}

let current = parseSettings(readKept());
const listeners = new Set<() => void>();

function apply(): void {
  document.documentElement.dataset['density'] = current.density;
}

apply();

export function changeSettings(change: Partial<Settings>): void {
  current = { ...current, ...change };
  apply();
  try {
    localStorage.setItem(storageKey, JSON.stringify(current));
  } catch {
    // As above.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSettings(): Settings {
  return useSyncExternalStore(subscribe, () => current);
}
