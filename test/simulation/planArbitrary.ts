import fc from 'fast-check';
import { decisionsMax, type HistoryPlan } from './choices.js';

/**
 * Draws the plans of histories. A plan that fails is made smaller in two ways: everything from some decision on is calm,
 * and then stretches of decisions before it are. What is left is what the failure needs.
 */
class PlanArbitrary extends fc.Arbitrary<HistoryPlan> {
  override generate(random: fc.Random): fc.Value<HistoryPlan> {
    const seed = random.nextInt(-(2 ** 31), 2 ** 31 - 1);
    return new fc.Value<HistoryPlan>({ seed, calmFrom: decisionsMax, calmed: [] }, undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is HistoryPlan {
    return typeof value === 'object' && value !== null && 'calmFrom' in value;
  }

  override shrink(plan: HistoryPlan): fc.Stream<fc.Value<HistoryPlan>> {
    return fc.stream(smallerPlans(plan));
  }
}

export const historyPlans: fc.Arbitrary<HistoryPlan> = new PlanArbitrary();

/** Stretches of decisions are made calm from the longest to the shortest of these lengths. */
const stretchMax = 256;
const stretchMin = 8;

function* smallerPlans(plan: HistoryPlan): IterableIterator<fc.Value<HistoryPlan>> {
  const { calmFrom, calmed } = plan;
  for (let less = calmFrom >> 1; less > 0; less >>= 1) {
    yield new fc.Value({ ...plan, calmFrom: calmFrom - less }, undefined);
  }
  // Only decisions that a history can reach are worth a try.
  const reached = Math.min(calmFrom, 2_048);
  for (let length = stretchMax; length >= stretchMin; length >>= 1) {
    for (let first = 0; first < reached; first += length) {
      const end = Math.min(first + length, reached);
      if (calmed.some(([from, to]) => from <= first && end <= to)) continue;
      // Stretches inside the new one say nothing any more.
      const others = calmed.filter(([from, to]) => from < first || to > end);
      yield new fc.Value<HistoryPlan>({ ...plan, calmed: [...others, [first, end]] }, undefined);
    }
  }
}
