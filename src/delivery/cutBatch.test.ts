import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutBatch } from './cutBatch.js';

describe('cutBatch', () => {
  it.each([
    ['halves a batch whose bad row is not known', 10, undefined, [6]],
    ['halves an odd one', 3, undefined, [2]],
    ['halves where the row that was named is not in the batch', 10, 11, [6]],
    ['lets the bad row stand alone and halves what follows it', 10, 4, [4, 5, 8]],
    ['makes no piece before the first row', 10, 1, [2, 7]],
    ['makes no piece after the last row', 10, 10, [10]],
    ['cuts two in two, whichever is bad', 2, 1, [2]],
    ['cuts two in two, whichever is bad', 2, 2, [2]],
    ['does not halve a rest of one', 3, 2, [2, 3]],
  ])('%s', (_what, eventCount, badRow, cuts) => {
    expect(cutBatch(eventCount, badRow)).toEqual(cuts);
  });

  it('always makes at least two pieces, none of them empty', () => {
    const sizes = fc.integer({ min: 2, max: 100_000 });
    fc.assert(
      fc.property(sizes, fc.option(fc.integer({ min: 1, max: 100_100 }), { nil: undefined }), (size, row) => {
        const cuts = cutBatch(size, row);
        expect(cuts.length).toBeGreaterThan(0);
        const edges = [1, ...cuts, size + 1];
        for (const [at, edge] of edges.entries()) {
          if (at > 0) expect(edge).toBeGreaterThan(edges[at - 1] ?? Number.POSITIVE_INFINITY);
        }
        if (row !== undefined && row <= size) {
          // It stands alone.
          expect(edges).toContain(row);
          expect(edges).toContain(row + 1);
        }
      }),
    );
  });
});
