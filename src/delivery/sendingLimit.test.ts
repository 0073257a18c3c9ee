import { setImmediate as immediately } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SendingLimit } from './sendingLimit.js';

function deliver(limit: SendingLimit, batches: number): void {
  for (let batch = 0; batch < batches; batch += 1) limit.noteDelivery();
}

describe('the limit of batches that are sent at the same time', () => {
  it('is what was asked for while ClickHouse keeps up', () => {
    const limit = new SendingLimit(4);
    deliver(limit, 100);
    expect(limit.allowed).toBe(4);
  });

  it('is halved with each word of overload, down to one', () => {
    const limit = new SendingLimit(7);
    const allowed = Array.from({ length: 4 }, () => {
      limit.noteOverload();
      return limit.allowed;
    });
    expect(allowed).toEqual([3, 1, 1, 1]);
  });

  it('grows by one with each ten deliveries, and not beyond what was asked for', () => {
    const limit = new SendingLimit(3);
    limit.noteOverload();
    deliver(limit, 9);
    expect(limit.allowed).toBe(1);
    deliver(limit, 1);
    expect(limit.allowed).toBe(2);
    deliver(limit, 10);
    expect(limit.allowed).toBe(3);
    deliver(limit, 30);
    expect(limit.allowed).toBe(3);
  });

  it('counts ten deliveries anew after an overload', () => {
    const limit = new SendingLimit(4);
    limit.noteOverload();
    deliver(limit, 9);
    limit.noteOverload();
    deliver(limit, 9);
    expect(limit.allowed).toBe(1);
    deliver(limit, 1);
    expect(limit.allowed).toBe(2);
  });

  it('admits so many at once, and the others in their order as soon as it may', async () => {
    const limit = new SendingLimit(2);
    const admitted: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) void limit.acquire().then(() => admitted.push(name));
    await immediately();
    expect(admitted).toEqual(['a', 'b']);
    limit.noteOverload();
    limit.release();
    await immediately();
    expect(admitted).toEqual(['a', 'b']); // one is still sent, and no more than one may be
    limit.release();
    await immediately();
    expect(admitted).toEqual(['a', 'b', 'c']);
    deliver(limit, 10);
    await immediately();
    expect(admitted).toEqual(['a', 'b', 'c', 'd']);
  });
});
