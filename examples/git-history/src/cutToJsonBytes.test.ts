import { expect, it } from 'vitest';
import { cutToJsonBytes } from './cutToJsonBytes.js';

it.each([
  ['short enough', 14, 'short enough'],
  ['abcdef', 6, 'abcd'],
  ['a"b', 5, 'a"'],
  ['a\u0001b', 8, 'a'],
  ['a\u0001b', 9, 'a\u0001'],
  ['a🚀b', 6, 'a'],
  ['a🚀b', 7, 'a🚀'],
  ['abc', 2, ''],
])('of %j in %d bytes there remains %j', (text, bytesMax, kept) => {
  expect(cutToJsonBytes(text, bytesMax)).toBe(kept);
});
