import { describe, expect, it } from 'vitest';
import { parseMoment } from './arguments.js';

describe('a time on the command line', () => {
  it.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T12:30', '2026-01-31T12:30:00.000Z'],
    ['2026-01-31 12:30:05.5', '2026-01-31T12:30:05.500Z'],
    ['2026-01-31T12:30Z', '2026-01-31T12:30:00.000Z'],
    ['2026-01-31T12:30+02:00', '2026-01-31T10:30:00.000Z'],
  ])('is read from %s, in UTC where it names no zone', (text, moment) => {
    expect(parseMoment(text).toISOString()).toBe(moment);
  });

  it('is so long ago when it is a duration', () => {
    const before = Date.now();
    const moment = parseMoment('2h').getTime();
    expect(moment).toBeGreaterThanOrEqual(before - 7_200_000);
    expect(moment).toBeLessThanOrEqual(Date.now() - 7_200_000);
  });

  it.each(['', 'yesterday', '2h30', '5', '2026', '31.01.2026', '2026-13-01', '2026-01-31T25:00'])(
    'is not read from %j',
    (text) => {
      expect(() => parseMoment(text)).toThrow('allowed: a duration');
    },
  );
});
