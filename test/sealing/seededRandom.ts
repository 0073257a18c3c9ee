/** Random numbers that a seed repeats. */
export interface Random {
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
}

/** Mulberry32: small, and good enough to vary a workload. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    integer(min, max) {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      const fraction = ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
      return min + Math.floor(fraction * (max - min + 1));
    },
  };
}
