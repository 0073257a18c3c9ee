import { describe, expect, it } from 'vitest';
import { readArguments } from './readArguments.js';

const read = (kwargs: Record<string, unknown>, args: unknown[] = []): ReturnType<typeof readArguments> =>
  readArguments('process_events', { args, kwargs });

describe('the arguments of a message', () => {
  it.each([
    [{}, undefined],
    [{ ttl: null }, undefined],
    [{ ttl: 90 }, 90_000],
    [{ ttl: 0.25 }, 250],
    [{ ttl: 1e300 }, 31_536_000_000],
  ])('%j', (kwargs, ttlMs) => {
    expect(read(kwargs)).toEqual({ ttlMs });
  });

  it.each([
    [{}, [5], 'process_events() takes no positional arguments, but 1 were given'],
    [{ tll: 5 }, [], "process_events() got an unexpected keyword argument 'tll'"],
    [{ ['x'.repeat(500)]: 5 }, [], "unexpected keyword argument 'xxx"],
    [{ __proto__x: 5, ttl: 5 }, [], 'unexpected keyword argument'],
    ...[0, -1, '5', true, [], {}].map((ttl) => [{ ttl }, [], 'a number above 0'] as const),
  ] as const)('%j %j is a TypeError', (kwargs, args, text) => {
    const answer = read(kwargs, [...args]);
    if (!('typeError' in answer)) throw new Error('It was taken.');
    expect(answer.typeError).toContain(text);
    expect(answer.typeError.length).toBeLessThan(250);
  });
});
