import { expect, it } from 'vitest';
import { bytesText, countText, quantityText } from './numberText.js';

it('groups the digits of a count, also where it is wider than a number', () => {
  expect(countText(1_234_567)).toBe('1,234,567');
  expect(countText('9223372036854775807')).toBe('9,223,372,036,854,775,807');
});

it('says one event, and two events', () => {
  expect(quantityText(1, 'event')).toBe('1 event');
  expect(quantityText(2, 'event')).toBe('2 events');
  expect(quantityText(0, 'event was', 'events were')).toBe('0 events were');
});

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KB'],
  [262_144, '256 KB'],
  [5_000_000_000, '4.7 GB'],
  [5_000_000_000_000, '4.5 TB'],
])('says %i bytes as %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});
