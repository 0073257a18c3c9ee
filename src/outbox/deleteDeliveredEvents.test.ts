import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkRanges, type IdRange } from './deleteDeliveredEvents.js';

/** Ranges as a multirange holds them: ascending, apart from each other, none empty. */
const ranges: fc.Arbitrary<IdRange[]> = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 40 }), length: fc.integer({ min: 1, max: 60 }) }))
  .map((steps) => {
    let id = 0;
    return steps.map(({ gap, length }) => {
      const from = id + gap;
      id = from + length;
      return { from, to: id };
    });
  });

function idsOf(list: readonly IdRange[]): number[] {
  return list.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index));
}

describe('ranges in chunks', () => {
  it('cover the very ids of the ranges, each once, in order', () => {
    fc.assert(
      fc.property(ranges, fc.integer({ min: 1, max: 100 }), (list, idsMax) => {
        expect(chunkRanges(list, idsMax).flatMap((chunk) => idsOf(chunk.ranges))).toEqual(idsOf(list));
      }),
    );
  });

  it('span no more ids than allowed, and just those between their first and their last', () => {
    fc.assert(
      fc.property(ranges, fc.integer({ min: 1, max: 100 }), (list, idsMax) => {
        for (const chunk of chunkRanges(list, idsMax)) {
          expect(chunk.to - chunk.from).toBeLessThanOrEqual(idsMax);
          expect(chunk.from).toBe(chunk.ranges[0]?.from);
          expect(chunk.to).toBe(chunk.ranges.at(-1)?.to);
        }
      }),
    );
  });

  it('are as few as the span allows: no two neighbours would fit into one', () => {
    fc.assert(
      fc.property(ranges, fc.integer({ min: 1, max: 100 }), (list, idsMax) => {
        const chunks = chunkRanges(list, idsMax);
        for (const [index, chunk] of chunks.entries()) {
          const next = chunks[index + 1];
          if (next !== undefined) expect(next.from - chunk.from).toBeGreaterThanOrEqual(idsMax);
        }
      }),
    );
  });

  it('cut a long range, and join short ones', () => {
    expect(chunkRanges([{ from: 1, to: 26 }], 10)).toEqual([
      { from: 1, to: 11, ranges: [{ from: 1, to: 11 }] },
      { from: 11, to: 21, ranges: [{ from: 11, to: 21 }] },
      { from: 21, to: 26, ranges: [{ from: 21, to: 26 }] },
    ]);
    expect(
      chunkRanges(
        [
          { from: 1, to: 2 },
          { from: 5, to: 6 },
        ],
        10,
      ),
    ).toEqual([
      {
        from: 1,
        to: 6,
        ranges: [
          { from: 1, to: 2 },
          { from: 5, to: 6 },
        ],
      },
    ]);
    expect(chunkRanges([], 10)).toEqual([]);
  });
});
