import { describe, expect, it } from 'vitest';
import { nearestName } from './nearestName.js';

const names = ['eventType', 'eventContext', 'eventDateTime', 'subject'];

describe('the nearest name', () => {
  it.each([
    ['eventTyp', 'eventType'],
    ['event_type', 'eventType'],
    ['EVENTTYPE', 'eventType'],
    ['eventTpye', 'eventType'],
    ['eventContext2', 'eventContext'],
    ['subjekt', 'subject'],
  ])('of %s is %s', (unknown, nearest) => {
    expect(nearestName(unknown, names)).toBe(nearest);
  });

  it.each(['', 'x', 'payload', 'completely different'])(
    'of %j is none: more than a third differs',
    (unknown) => {
      expect(nearestName(unknown, names)).toBeUndefined();
    },
  );

  it('is none where no name is known', () => {
    expect(nearestName('eventType', [])).toBeUndefined();
  });
});
