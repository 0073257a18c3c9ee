import { describe, expect, it } from 'vitest';
import { idRanges, inStreams } from './streaming.js';

describe('ranges of ids', () => {
  it('cover every id once, the last range with what is left', () => {
    const next = idRanges(11, 35, 10);
    expect([next(), next(), next(), next()]).toEqual([
      { from: 11, to: 20 },
      { from: 21, to: 30 },
      { from: 31, to: 35 },
      undefined,
    ]);
  });

  it('are none where the last id lies before the first', () => {
    expect(idRanges(1, 0, 10)()).toBeUndefined();
  });
});

describe('streams', () => {
  it('send until there is nothing more, and count it', async () => {
    const batches = [10, 20, 30];
    const result = await inStreams(Infinity, () => Promise.resolve(batches.shift() ?? 0));
    expect(result).toMatchObject({ rows: 60, batches: 3 });
  });

  it('take up nothing once the time is over', async () => {
    const result = await inStreams(0, () => Promise.resolve(1));
    expect(result).toMatchObject({ rows: 0, batches: 0 });
  });
});
