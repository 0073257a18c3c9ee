import { expect, it } from 'vitest';
import { pythonTimeMs } from './pythonTime.js';

it.each([
  ['2026-01-02T03:04:05.678901+00:00', '2026-01-02T03:04:05.678Z'],
  ['2026-01-02T03:04:05+02:00', '2026-01-02T01:04:05.000Z'],
  ['2026-01-02T03:04:05-0530', '2026-01-02T08:34:05.000Z'],
  ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
  ['2026-01-02T03:04:05.5', '2026-01-02T03:04:05.500Z'],
  ['2026-01-02 03:04', '2026-01-02T03:04:00.000Z'],
])('%s is %s', (text, time) => {
  expect(pythonTimeMs(text)).toBe(Date.parse(time));
});

it('has no time where there is none', () => {
  expect(pythonTimeMs(undefined)).toBeUndefined();
  expect(pythonTimeMs(null)).toBeUndefined();
});

it.each(['', 'soon', '2026-01-02', '2026-13-02T03:04:05', 1_767_323_045, {}, true])(
  '%j is unreadable',
  (value) => {
    expect(pythonTimeMs(value)).toBe('unreadable');
  },
);
