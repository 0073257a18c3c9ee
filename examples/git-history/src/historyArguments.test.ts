import { expect, it } from 'vitest';
import { historyArguments } from './historyArguments.js';

it.each([
  [['repo'], { kind: 'replay', repository: 'repo' }],
  [['repo', '--limit', '10'], { kind: 'replay', repository: 'repo', commitsMax: 10 }],
  [['--limit=1', '--', '-odd-'], { kind: 'replay', repository: '-odd-', commitsMax: 1 }],
  [['--help'], { kind: 'help' }],
])('understands %j', (given, expected) => {
  expect(historyArguments(given)).toEqual(expected);
});

it.each([
  [[]],
  [['a', 'b']],
  [['a', '--limit', '0']],
  [['a', '--limit', '1e3']],
  [['a', '--limi', '1']],
  [['a', '--limit']],
])('refuses %j and says why', (given) => {
  const answer = historyArguments(given);
  expect(answer.kind === 'wrong' && answer.problem).toMatch(/\w/);
});
