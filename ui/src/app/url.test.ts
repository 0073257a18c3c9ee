import { expect, it } from 'vitest';
import { changedSearch, pageWith } from './url.js';

it('changes some parameters of an address and leaves the others', () => {
  expect(changedSearch('a=1&b=2&b=3&c=4', { b: ['5', '6'], c: undefined })).toBe('a=1&b=5&b=6');
});

it('leaves out what is empty', () => {
  expect(pageWith('/events', { type: '', subject: undefined })).toBe('/events');
  expect(pageWith('/events', { state: ['awaiting', 'sending'] })).toBe(
    '/events?state=awaiting&state=sending',
  );
});
