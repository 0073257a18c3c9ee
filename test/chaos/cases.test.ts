import { describe, expect, it } from 'vitest';
import { runCase } from './chaosCase.js';
import { insertCases } from './insertCases.js';
import { requestCases } from './requestCases.js';
import { statementCases } from './statementCases.js';
import { nothingWrong } from './verdict.js';

const seed = 1;

/** A selection: `npm run chaos` runs every case. */
const cases = [...insertCases(seed), ...requestCases(), ...statementCases(seed)].filter(
  ({ inEveryTest }) => inEveryTest,
);

describe('a backlog is delivered exactly once, with nothing quarantined or lost from sight, after', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_name, chaosCase) => {
    const { verdict, missedFaults } = await runCase(chaosCase, seed);
    expect(missedFaults).toBe(0);
    expect(verdict).toEqual({ events: 800, ...nothingWrong });
  });
});
