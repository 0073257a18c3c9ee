import { expect, it } from 'vitest';
import { adviceParts } from './adviceParts.js';

it('parts what is said from what is to be pasted, and joins neighbours', () => {
  expect(adviceParts('Start it:\n  one\n  two\nThen look.\nAgain.')).toEqual([
    { kind: 'text', text: 'Start it:' },
    { kind: 'command', text: 'one\ntwo' },
    { kind: 'text', text: 'Then look.\nAgain.' },
  ]);
  expect(adviceParts('')).toEqual([]);
});
