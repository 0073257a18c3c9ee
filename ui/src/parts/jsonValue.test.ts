import { expect, it } from 'vitest';
import { isObject, JsonNumber, parseJson, sizeText } from './jsonValue.js';

it('gives undefined for a text that is no JSON', () => {
  expect(parseJson('{"a":')).toBeUndefined();
});

it('tells apart objects, lists, numbers and null', () => {
  const value = parseJson('{"list":[1,2],"object":{"a":1},"nothing":null}');
  expect(value !== undefined && isObject(value)).toBe(true);
  expect(sizeText(parseJson('[1]') ?? null)).toBe('[1 item]');
  expect(sizeText(parseJson('{"a":1,"b":2}') ?? null)).toBe('{2 keys}');
  expect(isObject(new JsonNumber('1'))).toBe(false);
  expect(isObject(null)).toBe(false);
});

it('keeps a key named __proto__ as a key', () => {
  const value = parseJson('{"__proto__":{"a":1}}');
  expect(Object.keys(value as object)).toEqual(['__proto__']);
});
