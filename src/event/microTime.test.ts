import { describe, expect, it } from 'vitest';
import { isoOfMicros, microsOfIso } from './microTime.js';

describe('a time with microseconds', () => {
  it.each([
    ['2026-11-26T09:30:00.123456Z', 1795685400123456n],
    ['1970-01-01T00:00:00.000001Z', 1n],
    ['1969-12-31T23:59:59.999999Z', -1n],
    ['1900-01-01T00:00:00.000001Z', -2208988799999999n],
    ['2299-12-31T23:59:59.999999Z', 10413791999999999n],
  ])('keeps every digit of %s', (iso, micros) => {
    expect(microsOfIso(iso)).toBe(micros);
    expect(isoOfMicros(micros)).toBe(iso);
  });

  it('takes fewer digits, and cuts off what follows the sixth', () => {
    expect(microsOfIso('1970-01-01T00:00:01Z')).toBe(1_000_000n);
    expect(microsOfIso('1970-01-01T00:00:01.5Z')).toBe(1_500_000n);
    expect(microsOfIso('1970-01-01T00:00:00.0000019Z')).toBe(1n);
  });

  it('refuses what is no time', () => {
    expect(() => microsOfIso('yesterday')).toThrow('is no time');
  });
});
