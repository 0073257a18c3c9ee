import type { BenchContext, Section, SectionResult } from '../section.js';
import { measureSlice, type SliceSample } from './growth/measureSlice.js';
import { growthResult } from './growth/result.js';
import { closeStates, makeStates, stateNames, type GrowthSizes } from './growth/states.js';

const fullSizes: GrowthSizes = {
  batchSize: 10_000,
  some: 1_000_000,
  many: 10_000_000,
  sliceBatches: 5,
  slices: 5,
  batchesSinceOpen: 500,
  states: stateNames,
};
const quickSizes: GrowthSizes = {
  batchSize: 4_000,
  some: 0,
  many: 200_000,
  sliceBatches: 2,
  slices: 3,
  batchesSinceOpen: 60,
  states: stateNames.filter(
    (name) => !name.startsWith('some') && name !== '20 % rolled back, a transaction open',
  ),
};

export const growth: Section = {
  name: 'growth',
  title: 'what delivering a record costs as the outbox grows, and with open and rolled-back transactions',
  run: runGrowth,
};

async function runGrowth(context: BenchContext): Promise<SectionResult> {
  const sizes = context.quick ? quickSizes : fullSizes;
  const states = await makeStates(context, sizes);
  try {
    const samples: SliceSample[] = [];
    for (let slice = 1; slice <= sizes.slices; slice += 1) {
      context.say(`slice ${String(slice)} of ${String(sizes.slices)} in each state`);
      for (const state of states) {
        await state.commitSlice();
        samples.push(await measureSlice(state, sizes.sliceBatches, context.engines.postgres.pid));
      }
    }
    return growthResult(samples, sizes);
  } finally {
    await closeStates(states);
  }
}
