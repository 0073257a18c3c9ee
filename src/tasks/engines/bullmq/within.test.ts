import { describe, expect, it } from 'vitest';
import { within } from './within.js';

describe('waiting no longer than so many milliseconds', () => {
  it('has what the promise resolves or rejects with', async () => {
    expect(await within(60_000, Promise.resolve(7))).toBe(7);
    await expect(within(60_000, Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('ends without it when it takes longer', async () => {
    expect(await within(5, new Promise<number>(() => undefined))).toBeUndefined();
  });
});
