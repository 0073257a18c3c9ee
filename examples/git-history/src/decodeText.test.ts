import { expect, it } from 'vitest';
import { decodeText } from './decodeText.js';

it('reads UTF-8 as it is, a byte order mark included', () => {
  const text = '\uFEFFשלום 👩‍🚀\r\n\\N\t';
  expect(decodeText(Buffer.from(text))).toEqual({ text, encoding: 'utf-8' });
});

it('reads what is not UTF-8 as Latin-1, and every byte can be had back', () => {
  const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const { text, encoding } = decodeText(everyByte);
  expect(encoding).toBe('latin-1');
  expect(Buffer.from(text, 'latin1')).toEqual(everyByte);
});

it('reads a surrogate in three bytes, which UTF-8 forbids, as Latin-1', () => {
  expect(decodeText(Buffer.from([0xed, 0xa0, 0x80]))).toEqual({ text: 'í\u00A0\u0080', encoding: 'latin-1' });
});

it('leaves out the half of a character at the end of a text that was cut', () => {
  const bytes = Buffer.from('ab🚀').subarray(0, 4);
  expect(decodeText(bytes, true)).toEqual({ text: 'ab', encoding: 'utf-8' });
  expect(decodeText(bytes, false)).toEqual({ text: 'abð\u009F', encoding: 'latin-1' });
  expect(decodeText(Buffer.from('ab'))).toEqual({ text: 'ab', encoding: 'utf-8' });
});
