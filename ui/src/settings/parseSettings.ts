export type Density = 'dense' | 'roomy';
export type TimeDisplay = 'relative' | 'local' | 'utc';

/** How one person wants the pages. Kept in the browser. */
export interface Settings {
  readonly density: Density;
  readonly times: TimeDisplay;
}

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
