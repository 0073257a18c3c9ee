import { describe, expect, it } from 'vitest';
import type { Target } from '../section.js';
import { isMet, targetRows } from './targets.js';
import { targetsText } from './terminal.js';

const atLeast: Target = { name: 'rate', value: 9.999, unit: '×', bound: { atLeast: 10 } };
const atMost: Target = { name: 'memory', value: 120, unit: 'MB', bound: { atMost: 150 } };

describe('a target', () => {
  it('is met at its bound and on the right side of it', () => {
    expect(isMet({ ...atLeast, value: 10 })).toBe(true);
    expect(isMet({ ...atLeast, value: 11 })).toBe(true);
    expect(isMet({ ...atMost, value: 150 })).toBe(true);
    expect(isMet(atMost)).toBe(true);
  });

  it('is missed on the other side, even where it is shown as the bound itself', () => {
    expect(isMet(atLeast)).toBe(false);
    expect(targetRows([atLeast])).toEqual([['rate', '10.0 ×', '≥ 10 ×', '✘']]);
    expect(isMet({ ...atMost, value: 150.1 })).toBe(false);
  });

  it('has no verdict and is not counted where nothing was promised', () => {
    const reported: Target = { name: 'reported', value: 3, unit: '×' };
    expect(isMet(reported)).toBeUndefined();
    expect(targetRows([reported])).toEqual([['reported', '3 ×', '–', '']]);
    expect(targetsText([atMost, reported])).toContain('Targets: 1 of 1 met');
  });

  it('is told with what was measured, the bound and the verdict, in columns', () => {
    expect(targetsText([atLeast, atMost])).toBe(
      [
        'Targets: 1 of 2 met',
        '',
        '  target  measured  promised',
        '  rate      10.0 ×    ≥ 10 ×  ✘',
        '  memory    120 MB  ≤ 150 MB  ✔',
        '',
        '',
      ].join('\n'),
    );
  });
});
