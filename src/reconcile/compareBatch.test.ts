import { describe, expect, it } from 'vitest';
import { compareBatch } from './compareBatch.js';

const batch = { eventCount: 10 };
const held = { events: 10, distinctEvents: 10, contentHash: '7' };
const part = { events: 9, distinctEvents: 9, contentHash: '7' };
/** Of ids that the application gave, one is there twice. */
const oneTwice = { events: 10, distinctEvents: 9, contentHash: '7' };

describe('comparing a delivered batch of 10 events with ClickHouse', () => {
  it.each([
    ['the same', { rows: 10, events: 10, contentHash: '7' }, held, undefined],
    ['nothing', undefined, held, 'missing'],
    ['9 events', { rows: 9, events: 9, contentHash: '7' }, held, 'short'],
    ['9 events, of which one twice', { rows: 10, events: 9, contentHash: '7' }, held, 'short'],
    ['10 events, of which one twice', { rows: 11, events: 10, contentHash: '7' }, held, 'doubled'],
    ['11 events', { rows: 11, events: 11, contentHash: '7' }, held, 'different'],
    ['10 events of other content', { rows: 10, events: 10, contentHash: '8' }, held, 'different'],
    ['10 events with 9 ids, as the outbox', { rows: 10, events: 9, contentHash: '7' }, oneTwice, undefined],
    ['9 rows of those', { rows: 9, events: 9, contentHash: '7' }, oneTwice, 'short'],
    ['11 rows of those', { rows: 11, events: 9, contentHash: '7' }, oneTwice, 'doubled'],
    ['10 ids, the outbox 9', { rows: 10, events: 10, contentHash: '7' }, oneTwice, 'different'],
  ])('which holds %s', (_what, summary, content, difference) => {
    expect(compareBatch(batch, summary, content)).toBe(difference);
  });

  it.each([
    ['as many events', { rows: 10, events: 10, contentHash: '8' }, undefined],
    ['as many rows, with 9 ids', { rows: 10, events: 9, contentHash: '8' }, undefined],
    ['9 events', { rows: 9, events: 9, contentHash: '7' }, 'short'],
    ['11 rows of 10 events', { rows: 11, events: 10, contentHash: '7' }, 'doubled'],
    ['11 rows with 9 ids', { rows: 11, events: 9, contentHash: '7' }, 'doubled'],
    ['11 events', { rows: 11, events: 11, contentHash: '7' }, 'different'],
    ['nothing', undefined, 'missing'],
  ])('which holds %s, when the outbox holds not all of it', (_what, summary, difference) => {
    expect(compareBatch(batch, summary, undefined)).toBe(difference);
    expect(compareBatch(batch, summary, part)).toBe(difference);
  });
});
