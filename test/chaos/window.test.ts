import { describe, expect, it } from 'vitest';
import { nothingWrong } from './verdict.js';
import { runWindowCase, windowCases } from './windowCase.js';

const seed = 1;
/** A selection: `npm run chaos` runs every case. */
const cases = windowCases.filter(({ inEveryTest }) => inEveryTest);

describe('a batch whose token ClickHouse has forgotten is there once after it is sent again, where', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_name, windowCase) => {
    const { verdict } = await runWindowCase(windowCase, seed, { view: false });
    expect(verdict).toEqual({ events: verdict.events, ...nothingWrong });
  });
});

it('a batch that is found whole although its token is forgotten leaves a materialized view as it is', async () => {
  const whole = windowCases.find(({ name }) => name === 'all of its months arrived');
  if (whole === undefined) throw new Error('There is no such case.');
  const { verdict, rowsOfView } = await runWindowCase(whole, seed, { view: true });
  expect(verdict).toEqual({ events: verdict.events, ...nothingWrong });
  expect(rowsOfView).toBe(verdict.events);
});
