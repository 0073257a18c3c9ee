import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText } from './jsonText.js';

const depthMax = 20;

function problemOf(value: unknown): string {
  const result = jsonText(value, depthMax);
  return result.ok
    ? `accepted: ${result.text}`
    : `${result.problem.path || '(root)'} ${result.problem.problem}`;
}

class Money {
  readonly #cents: number;
  constructor(cents: number) {
    this.#cents = cents;
  }
  toJSON(): string {
    return (this.#cents / 100).toFixed(2);
  }
}

describe('JSON text of a value', () => {
  it('is what JSON.stringify writes, whatever JSON value it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        expect(jsonText(value, depthMax)).toEqual({ ok: true, text: JSON.stringify(value) });
      }),
    );
  });

  it('is what JSON.stringify writes, whatever it is, where it is accepted at all', () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        const result = jsonText(value, depthMax);
        if (result.ok) expect(result.text).toBe(JSON.stringify(value));
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes dates, values with toJSON, boxed values and objects without a prototype as JSON.stringify does', () => {
    const values = [
      new Date(0),
      { at: new Date(0) },
      new Money(1_250),
      [new Money(1)],
      Object('text'),
      Object(1),
      Object(true),
      Object.assign(Object.create(null) as object, { a: 1 }),
      new URL('https://example.com/a b'),
      Buffer.from('ab'),
    ];
    for (const value of values) {
      expect(jsonText(value, depthMax)).toEqual({ ok: true, text: JSON.stringify(value) });
    }
  });

  it('takes an Error or a Map that says itself how it is written', () => {
    class HttpError extends Error {
      toJSON(): object {
        return { message: this.message };
      }
    }
    class Registry extends Map<string, number> {
      toJSON(): object {
        return Object.fromEntries(this);
      }
    }
    for (const value of [{ cause: new HttpError('gone') }, new Registry([['a', 1]])]) {
      expect(jsonText(value, depthMax)).toEqual({ ok: true, text: JSON.stringify(value) });
    }
  });

  it('leaves out properties that are undefined', () => {
    expect(jsonText({ a: undefined, b: 1 }, depthMax)).toEqual({ ok: true, text: '{"b":1}' });
  });

  it('takes a value that stands in two places, which is no cycle', () => {
    const shared = { a: 1 };
    expect(jsonText({ left: shared, right: shared }, depthMax)).toMatchObject({ ok: true });
  });
});

describe('JSON text is refused, with the path, for', () => {
  it.each([
    ['undefined', undefined, '(root) is undefined'],
    ['undefined in an array', { list: [1, undefined] }, '.list[1] is undefined'],
    ['a hole in an array', { list: new Array<number>(1) }, '.list[0] is undefined'],
    ['NaN', { price: Number.NaN }, '.price is NaN, which JSON cannot say'],
    ['an infinity', [[-Infinity]], '[0][0] is -Infinity, which JSON cannot say'],
    ['a BigInt', { id: 1n }, '.id is a BigInt, which JSON cannot say; convert it to a string or a number'],
    ['a function', { then: () => 1 }, '.then is a function'],
    ['a symbol', [Symbol('s')], '[0] is a symbol'],
    ['a Map', { map: new Map([[1, 2]]) }, '.map is an object of class Map, which JSON would write as {}'],
    ['a Set', new Set([1]), '(root) is an object of class Set, which JSON would write as {}'],
    [
      'a Promise',
      { order: Promise.resolve(1) },
      '.order is an object of class Promise, which JSON would write as {}',
    ],
    [
      'an Error',
      { cause: new TypeError('x') },
      '.cause is an object of class Error, which JSON would write as {}',
    ],
    ['a RegExp', [/x/], '[0] is an object of class RegExp, which JSON would write as {}'],
    ['an invalid Date', { at: new Date(Number.NaN) }, '.at is an invalid Date'],
    ['a boxed NaN', [Object(Number.NaN)], '[0] is NaN, which JSON cannot say'],
    [
      'a BigInt behind toJSON',
      { toJSON: () => 1n },
      '(root) is a BigInt, which JSON cannot say; convert it to a string or a number',
    ],
  ])('%s', (_, value, problem) => {
    expect(problemOf(value)).toBe(problem);
  });

  it('a cycle, through objects, arrays and toJSON', () => {
    const direct: Record<string, unknown> = {};
    direct['self'] = direct;
    expect(problemOf(direct)).toBe('.self contains itself (a cycle)');

    const list: unknown[] = [];
    list.push({ list });
    expect(problemOf(list)).toBe('[0].list contains itself (a cycle)');

    const replaced = { toJSON: (): unknown => ({ replaced }) };
    expect(problemOf(replaced)).toContain('contains itself (a cycle)');
  });

  it('a toJSON that throws', () => {
    const value = {
      item: {
        toJSON: (): never => {
          throw new Error('not today');
        },
      },
    };
    expect(problemOf(value)).toBe('.item has a toJSON that throws: not today');
  });

  it('a getter that throws', () => {
    const value = {
      get item(): never {
        throw new Error('not today');
      },
    };
    expect(jsonText(value, depthMax)).toMatchObject({ ok: false });
  });

  it('what is nested deeper than allowed, and not for what is nested just so deep', () => {
    const nested = (levels: number): unknown => (levels === 1 ? {} : { in: nested(levels - 1) });
    expect(jsonText(nested(depthMax), depthMax)).toMatchObject({ ok: true });
    expect(problemOf(nested(depthMax + 1))).toBe(`${'.in'.repeat(depthMax)} is nested deeper than 20 levels`);
  });
});
