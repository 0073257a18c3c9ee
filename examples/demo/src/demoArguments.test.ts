import { expect, it } from 'vitest';
import { demoArguments } from './demoArguments.js';

it('has a default for everything', () => {
  expect(demoArguments([])).toEqual({ kind: 'run', orders: 6_000, seconds: 45, seed: 1, stay: false });
});

it('reads every option', () => {
  const given = ['--orders', '100', '--seconds=5', '--seed', '0', '--stay'];
  expect(demoArguments(given)).toEqual({ kind: 'run', orders: 100, seconds: 5, seed: 0, stay: true });
  expect(demoArguments(['--help'])).toEqual({ kind: 'help' });
});

it.each([
  [['--orders', '0'], '--orders must be a whole number from 1 to 10,000,000, not 0.'],
  [['--seconds', '1.5'], '--seconds must be a whole number from 1 to 86,400, not 1.5.'],
  [['--seed', ''], '--seed must be a whole number from 0 to 4,000,000, not .'],
  [['--order', '5'], /Unknown option '--order'/],
  [['5'], /Unexpected argument '5'/],
])('refuses %j and says why', (given, problem) => {
  expect(demoArguments(given)).toEqual({ kind: 'wrong', problem: expect.stringMatching(problem) as string });
});
