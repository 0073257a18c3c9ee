import { describe, expect, it } from 'vitest';
import { contentMatches, textsInJson, valueTexts } from './eventFilter.js';

const event = {
  subject: 'order:4711',
  eventContext: JSON.stringify({
    customer: { id: 'c-1' },
    items: [{ sku: 'A-7' }],
    total: 1.5,
    note: 'Say "hi"',
  }),
};
const key = (path: string[], value: string) => ({ keys: [{ path, value }] });

describe('what a filter says about the content of an event', () => {
  it.each([
    [{ subject: { text: 'order:4711', isPrefix: false } }],
    [{ subject: { text: 'order:', isPrefix: true } }],
    [{ text: 'SAY "HI"' }],
    [{ text: '"total":1.5' }],
    [key(['customer', 'id'], 'c-1')],
    [key(['items', '0', 'sku'], 'A-7')],
    [key(['total'], '1.50')],
    [{}],
  ])('holds for %o', (filter) => {
    expect(contentMatches(event, filter)).toBe(true);
  });

  it.each([
    [{ subject: { text: 'order:', isPrefix: false } }],
    [{ subject: { text: '4711', isPrefix: true } }],
    [{ text: 'say hello' }],
    [key(['customer', 'id'], 'c-2')],
    [key(['items', '1', 'sku'], 'A-7')],
    [key(['customer', 'constructor'], 'c-1')],
    [key(['missing'], '')],
    [key(['missing'], 'undefined')],
  ])('does not hold for %o', (filter) => {
    expect(contentMatches(event, filter)).toBe(false);
  });

  it('does not find a subject where there is none', () => {
    expect(contentMatches({ ...event, subject: null }, { subject: { text: '', isPrefix: true } })).toBe(
      false,
    );
  });
});

it('looks for a text as JSON writes it, and for a piece of JSON', () => {
  expect(textsInJson('a "b"\n')).toEqual(['a \\"b\\"\\n', 'a "b"\n']);
  expect(textsInJson('plain')).toEqual(['plain']);
  expect(textsInJson('a\0')).toEqual(['a\\u0000']);
});

it('knows the ways in which a number is written', () => {
  expect(valueTexts('1.50')).toEqual(['1.50', '1.5']);
  expect(valueTexts('c-1')).toEqual(['c-1']);
});
