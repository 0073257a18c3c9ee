import type { Target } from '../section.js';
import { numberText } from './numbers.js';

/** Whether a promise was kept by what was measured, not by what is shown of it. */
export function isMet({ value, bound }: Target): boolean {
  return 'atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost;
}

export function valueText({ value, unit }: Target): string {
  return `${numberText(value)} ${unit}`;
}

export function boundText({ bound, unit }: Target): string {
  const plain = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 6 });
  return 'atLeast' in bound ? `≥ ${plain(bound.atLeast)} ${unit}` : `≤ ${plain(bound.atMost)} ${unit}`;
}

/** The rows of a table of targets: name, measured, promised, whether it is met. */
export function targetRows(targets: readonly Target[]): string[][] {
  return targets.map((target) => [
    target.name,
    valueText(target),
    boundText(target),
    isMet(target) ? '✔' : '✘',
  ]);
}
