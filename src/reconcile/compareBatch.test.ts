import { describe, expect, it } from 'vitest';
import { compareBatch } from './compareBatch.js';

const batch = { eventCount: 10 };
const content = { events: 10, contentHash: '7' };

describe('comparing a delivered batch of 10 events with ClickHouse', () => {
  it.each([
    ['the same', { rows: 10, events: 10, contentHash: '7' }, content, undefined],
    ['nothing', undefined, content, 'missing'],
    ['9 events', { rows: 9, events: 9, contentHash: '7' }, content, 'short'],
    ['9 events, of which one twice', { rows: 10, events: 9, contentHash: '7' }, content, 'short'],
    ['10 events, of which one twice', { rows: 11, events: 10, contentHash: '7' }, content, 'doubled'],
    ['11 events', { rows: 11, events: 11, contentHash: '7' }, content, 'different'],
    ['10 events of other content', { rows: 10, events: 10, contentHash: '8' }, content, 'different'],
    ['10 events, the outbox none', { rows: 10, events: 10, contentHash: '8' }, undefined, undefined],
    [
      '10 events, the outbox 9',
      { rows: 10, events: 10, contentHash: '8' },
      { events: 9, contentHash: '7' },
      undefined,
    ],
  ])('which holds %s', (_what, summary, held, difference) => {
    expect(compareBatch(batch, summary, held)).toBe(difference);
  });
});
