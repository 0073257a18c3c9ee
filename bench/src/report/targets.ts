import type { Target } from '../section.js';
import { numberText } from './numbers.js';

/** Whether a promise was kept by what was measured, not by what is shown of it; undefined where nothing was promised. */
export function isMet({ value, bound }: Target): boolean | undefined {
  if (bound === undefined) return undefined;
  return 'atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost;
}

export function valueText({ value, unit }: Target): string {
  return `${numberText(value)} ${unit}`;
}

/** `Targets: 2 of 3 met`; numbers that are only reported are not counted. */
export function summaryText(targets: readonly Target[]): string {
  const verdicts = targets.map(isMet).filter((verdict) => verdict !== undefined);
  return `Targets: ${String(verdicts.filter(Boolean).length)} of ${String(verdicts.length)} met`;
}

export function boundText({ bound, unit }: Target): string {
  if (bound === undefined) return '–';
  const plain = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 6 });
  return 'atLeast' in bound ? `≥ ${plain(bound.atLeast)} ${unit}` : `≤ ${plain(bound.atMost)} ${unit}`;
}

/** The rows of a table of targets: name, measured, promised, whether it is met. */
export function targetRows(targets: readonly Target[]): string[][] {
  return targets.map((target) => [
    target.name,
    valueText(target),
    boundText(target),
    verdictText(isMet(target)),
  ]);
}

function verdictText(isKept: boolean | undefined): string {
  if (isKept === undefined) return '';
  return isKept ? '✔' : '✘';
}
