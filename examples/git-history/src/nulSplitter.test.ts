import { expect, it } from 'vitest';
import { NulSplitter } from './nulSplitter.js';

function split(text: string, chunkBytes: number, fieldBytesMax = 100): [string, number][] {
  const splitter = new NulSplitter(fieldBytesMax);
  const bytes = Buffer.from(text);
  const fields: [string, number][] = [];
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    for (const field of splitter.push(bytes.subarray(start, start + chunkBytes))) {
      fields.push([field.bytes.toString(), field.bytesInFull]);
    }
  }
  return fields;
}

it.each([1, 2, 3, 7, 100])('finds the same fields in chunks of %d bytes', (chunkBytes) => {
  expect(split('one\0\0three \u{1F680}\0', chunkBytes)).toEqual([
    ['one', 3],
    ['', 0],
    ['three \u{1F680}', 10],
  ]);
});

it.each([1, 4, 100])(
  'keeps the first bytes of a field that is too long and counts them all',
  (chunkBytes) => {
    expect(split('abcdefgh\0ij\0', chunkBytes, 5)).toEqual([
      ['abcde', 8],
      ['ij', 2],
    ]);
  },
);
