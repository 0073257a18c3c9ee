import { describe, expect, it } from 'vitest';
import { absoluteText, displayText, durationText, exactText, relativeText } from './timeText.js';

describe('durationText', () => {
  it.each([
    [0, '0 ms'],
    [340, '340 ms'],
    [1000, '1.0 s'],
    [9999, '9.9 s'],
    [59_999, '59 s'],
    [185_000, '3 min 5 s'],
    [7_200_000, '2 h'],
    [90_000_000, '1 d 1 h'],
    [600_000, '10 min'],
  ])('says %i ms as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});

describe('relativeText', () => {
  const now = Date.parse('2026-11-26T12:00:00Z');

  it.each([
    [0, 'now'],
    [-999, 'now'],
    [-12_000, '12 s ago'],
    [-3_599_000, '59 min ago'],
    [180_000, 'in 3 min'],
    [-3 * 86_400_000, '3 d ago'],
  ])('says a distance of %i ms as "%s"', (distance, text) => {
    expect(relativeText(now + distance, now)).toBe(text);
  });
});

describe('a time that is shown', () => {
  it('is in UTC where the settings say so', () => {
    expect(displayText(Date.parse('2026-11-26T09:30:00.5Z'), 'utc', 0)).toBe('2026-11-26 09:30:00');
    expect(absoluteText(Date.parse('2026-11-26T09:30:00.5Z'), 'utc', true)).toBe('2026-11-26 09:30:00.500');
  });

  it('keeps in its tooltip the microseconds that a Date would lose', () => {
    expect(exactText('2026-11-26T09:30:00.123456Z')).toContain('2026-11-26 09:30:00.123456 UTC');
  });

  it('is no time where the text is none', () => {
    expect(exactText('yesterday')).toBe('yesterday');
    expect(absoluteText(Number.NaN, 'utc')).toBe('–');
  });
});
