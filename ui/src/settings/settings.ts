import { useSyncExternalStore } from 'react';

export type Density = 'dense' | 'roomy';
export type TimeDisplay = 'relative' | 'local' | 'utc';

/** How one person wants the pages. Kept in the browser. */
export interface Settings {
  readonly density: Density;
  readonly times: TimeDisplay;
}

const storageKey = 'waybill-settings';
const defaults: Settings = { density: 'dense', times: 'relative' };

/** Reads what was kept. Anything that is not one of the known values falls back to the default. */
export function parseSettings(text: string | null): Settings {
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? '{}');
  } catch {
    return defaults;
  }
  if (typeof kept !== 'object' || kept === null) return defaults;
  const { density, times } = kept as { density?: unknown; times?: unknown };
  return {
    density: density === 'roomy' || density === 'dense' ? density : defaults.density,
    times: times === 'relative' || times === 'local' || times === 'utc' ? times : defaults.times,
  };
}

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
