import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventIdTimeMs, newEventId } from './eventId.js';

const version7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** Ids never go back, so each test takes times after those of the tests before it. */
let farMs = Date.UTC(2100, 0);
function laterMs(): number {
  farMs += 1_000_000_000;
  return farMs;
}

describe('an event id', () => {
  it('is a UUID of version 7 with the variant of RFC 9562', () => {
    for (let count = 0; count < 1_000; count += 1) expect(newEventId()).toMatch(version7);
  });

  it('begins with the moment at which it was made', () => {
    const nowMs = laterMs();
    expect(eventIdTimeMs(newEventId(nowMs))).toBe(nowMs);
  });

  it('sorts after every id made before it, also within a millisecond', () => {
    const nowMs = laterMs();
    const ids = Array.from({ length: 20_000 }, () => newEventId(nowMs));
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('takes the next millisecond when the counter of one is used up', () => {
    const nowMs = laterMs();
    const ids = Array.from({ length: 4_097 }, () => newEventId(nowMs));
    expect(eventIdTimeMs(ids.at(-1) ?? '')).toBeGreaterThan(nowMs);
    for (const id of ids) expect(id).toMatch(version7);
  });

  it('sorts after every id made before it when the clock goes back', () => {
    const nowMs = laterMs();
    const steps = fc.array(fc.integer({ min: -100_000, max: 5 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(steps, (offsets) => {
        const ids = offsets.map((offset) => newEventId(nowMs + offset));
        expect([...ids].sort()).toEqual(ids);
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });

  it('has a random end: ids of one millisecond share none', () => {
    const nowMs = laterMs();
    const ends = Array.from({ length: 5_000 }, () => newEventId(nowMs).slice(19));
    expect(new Set(ends).size).toBe(ends.length);
  });
});
