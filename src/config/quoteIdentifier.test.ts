import { describe, expect, it } from 'vitest';
import { quoteIdentifier } from './quoteIdentifier.js';

describe('a quoted identifier', () => {
  it.each([
    ['waybill', '"waybill"'],
    ['we ird-Schema', '"we ird-Schema"'],
    ['with "quotes"', '"with ""quotes"""'],
    ['"; DROP TABLE orders; --', '"""; DROP TABLE orders; --"'],
    ['é'.repeat(31), `"${'é'.repeat(31)}"`],
  ])('of %s is %s', (name, quoted) => {
    expect(quoteIdentifier(name)).toBe(quoted);
  });

  it.each([
    ['empty', ''],
    ['one with a NUL', 'a\0b'],
    ['one of 64 bytes, which Postgres would cut', 'x'.repeat(64)],
    ['one of 64 bytes in 32 letters', 'é'.repeat(32)],
  ])('is refused for a name that is %s', (_, name) => {
    expect(() => quoteIdentifier(name)).toThrow('cannot be a Postgres name: 1 to 63 bytes, no NUL.');
  });
});
