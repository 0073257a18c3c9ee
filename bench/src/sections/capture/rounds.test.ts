import { expect, it } from 'vitest';
import { excessPercent, toRounds, type Cycle } from './rounds.js';
import { captureWays, type CaptureWayName } from './ways.js';

/** A cycle in which every transaction of a way takes the same time. */
function cycleOf(
  transactions: number,
  latencyUs: number,
  factors: Partial<Record<CaptureWayName, number>> = {},
): Cycle {
  const slices = captureWays.map(({ name }) => {
    const latenciesUs = Array.from({ length: transactions }, () => latencyUs * (factors[name] ?? 1));
    return [name, { elapsedMs: 250, latenciesUs, nodeCpuUs: 1_000, postgresCpuUs: 2_000 }] as const;
  });
  return Object.fromEntries(slices) as unknown as Cycle;
}

const many = (count: number, cycle: Cycle): Cycle[] => Array.from({ length: count }, () => cycle);

it('makes rounds of at least 1,000 transactions a way', () => {
  const rounds = toRounds(many(40, cycleOf(400, 1_000)));
  expect(rounds).toHaveLength(13);
  expect(rounds[0]?.hand).toMatchObject({
    transactions: 1_200,
    transactionsPerSecond: 1_600,
    p50Ms: 1,
    p99Ms: 1,
  });
});

it('makes five rounds of what there is, where there is less', () => {
  expect(toRounds(many(5, cycleOf(40, 1_000)))).toHaveLength(5);
});

it('compares within a round, so that a machine that was slow for some of them changes nothing', () => {
  const factors = { waybill: 1.04 };
  const quiet = many(9, cycleOf(1_000, 1_000, factors));
  const disturbed = many(9, cycleOf(1_000, 7_000, factors));
  const rounds = toRounds([...quiet, ...disturbed]);
  expect(excessPercent(rounds, 'waybill', (round) => round.p99Ms).median).toBeCloseTo(4);
  expect(excessPercent(rounds, 'handAgain', (round) => round.p99Ms).median).toBe(0);
});
