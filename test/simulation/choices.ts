/**
 * Everything that a history leaves open, decided by one seed. What is decided beyond `calmFrom` and inside the `calmed`
 * stretches takes its calmest course: no fault, the shortest way. That is how a failing history is made smaller.
 */
export interface HistoryPlan {
  readonly seed: number;
  /** Number of the first decision that is calm, and of every later one. */
  readonly calmFrom: number;
  /** Stretches of decisions that are calm, as [first, one past the last]. */
  readonly calmed: readonly (readonly [number, number])[];
}

/** More decisions than any history takes. */
export const decisionsMax = 1 << 20;

/** The decisions of one history, in the order in which they fall. */
export class Choices {
  /** Decisions that have fallen so far. */
  count = 0;
  /** From now on everything takes its calmest course. */
  calm = false;
  readonly #plan: HistoryPlan;

  constructor(plan: HistoryPlan) {
    this.#plan = plan;
  }

  /** A whole number from 0 up to, and without, `options`. 0 is the calmest. */
  among(options: number): number {
    return this.#next() % options;
  }

  /** True so many times in a thousand. */
  chance(perMille: number): boolean {
    // The calm decision 0 is a refusal, so the chance lies at the other end.
    return this.#next() % 1_000 >= 1_000 - perMille;
  }

  #next(): number {
    if (this.calm) return 0;
    const number = this.count;
    this.count += 1;
    const { seed, calmFrom, calmed } = this.#plan;
    if (number >= calmFrom) return 0;
    for (const [first, end] of calmed) if (number >= first && number < end) return 0;
    return mix(seed, number);
  }
}

/** A hash of seed and number, after Murmur3's finish: any two decisions look unrelated. */
function mix(seed: number, number: number): number {
  let mixed = Math.imul(number + 1, 0x9e3779b1) ^ seed;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) ^ seed;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
