import { expect, it } from 'vitest';
import { summary } from './summary.js';

it('aligns the counts and leaves out what did not occur', () => {
  const counts = {
    recorded: 12_340,
    repeated: 0,
    dateOutOfRange: 2,
    dateUnreadable: 0,
    latin1: 11,
    shortened: 0,
  };
  expect(summary(counts, 10)).toBe(
    `12,340 commits in 10.0 s, 1,234 per second
  12,340  recorded, one event each
       2  dated outside 1900 to 2299: the event has the nearest date that fits
      11  with text that is not UTF-8: read as Latin-1`,
  );
});

it('says no rate where the time was too short for one', () => {
  const counts = { recorded: 1, repeated: 0, dateOutOfRange: 0, dateUnreadable: 0, latin1: 0, shortened: 0 };
  expect(summary(counts, 0.0421)).toBe('1 commit in 42 ms\n  1  recorded, one event each');
});
