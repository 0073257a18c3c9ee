import { availableParallelism } from 'node:os';
import { afterAll, expect, inject, it } from 'vitest';
import { runCase, type ChaosCase } from '../chaosCase.js';
import { insertCases } from '../insertCases.js';
import { startOwnEngines } from '../ownEngines.js';
import { requestCases } from '../requestCases.js';
import { runSoak, type SoakResult } from '../soak.js';
import { statementCases } from '../statementCases.js';
import { isRight } from '../verdict.js';
import { runWindowCase, windowCases } from '../windowCase.js';
import { ChaosReport } from './chaosReport.js';

const { CHAOS_SEED = '1', CHAOS_ROUNDS = '6', CHAOS_SECONDS = '15', CHAOS_ONLY = '' } = process.env;
const seed = Number(CHAOS_SEED);
const rounds = Number(CHAOS_ROUNDS);
const durationMs = Number(CHAOS_SECONDS) * 1_000;

const report = new ChaosReport({ seed, rounds, durationMs, processors: availableParallelism() });
afterAll(async () => {
  await report.publish({ record: CHAOS_ONLY === '' });
});

function chosen<Named extends { readonly name: string }>(all: readonly Named[]): [string, Named][] {
  return all.filter(({ name }) => name.includes(CHAOS_ONLY)).map((one) => [one.name, one]);
}

/** Cases have databases of their own, so some run at a time. */
const areas: readonly (readonly [string, readonly ChaosCase[]])[] = [
  ['inserts, each fault in each place', insertCases(seed)],
  ['other requests to ClickHouse', requestCases()],
  ['statements to Postgres', statementCases(seed)],
];

for (const [area, cases] of areas) {
  it.concurrent.each(chosen(cases))('%s', async (name, chaosCase) => {
    const result = await runCase(chaosCase, seed);
    report.add(area, { ...result, name });
    expect(result.missedFaults).toBe(0);
    expect(isRight(result.verdict), JSON.stringify(result)).toBe(true);
  });
}

const windowArea = 'outside the window of two tokens';
for (const view of [false, true]) {
  const named = windowCases.map((one) => ({ name: `window${view ? ' with a view' : ''}: ${one.name}`, one }));
  it.concurrent.each(chosen(named))('%s', async (name, { one }) => {
    const result = await runWindowCase(one, seed, { view });
    report.add(`${windowArea}${view ? ', with a materialized view' : ''}`, { ...result, name });
    if (result.rowsOfView !== undefined) report.noteView(name, result.rowsOfView, result.verdict.events);
    expect(isRight(result.verdict), JSON.stringify(result)).toBe(true);
  });
}

function roundsOf(what: string, firstSeed: number): { name: string; roundSeed: number }[] {
  return Array.from({ length: rounds }, (_, round) => ({
    name: `${what}, seed ${String(firstSeed + round)}`,
    roundSeed: firstSeed + round,
  }));
}

function judge(area: string, name: string, result: SoakResult): void {
  report.add(area, { ...result, name });
  expect(result.crashes).toEqual([]);
  expect(isRight(result.verdict), JSON.stringify(result)).toBe(true);
}

it.each(chosen(roundsOf('soak', seed * 1_000)))('%s', async (name, { roundSeed }) => {
  const engines = { postgresUrl: inject('postgresUrl'), clickhouseUrl: inject('clickhouseUrl') };
  judge('soak rounds', name, await runSoak({ seed: roundSeed, durationMs, engines }));
});

it.each(chosen(roundsOf('soak with engines killed', seed * 1_000 + 500)))(
  '%s',
  async (name, { roundSeed }) => {
    const own = await startOwnEngines();
    try {
      const options = { seed: roundSeed, durationMs: 2 * durationMs, engines: own.urls };
      const result = await runSoak({ ...options, killEngine: (random) => own.killOne(random) });
      judge('soak rounds with engines killed', name, result);
    } finally {
      await own.remove();
    }
  },
);
