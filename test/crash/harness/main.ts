/**
 * Kills every role at every step and prints what came of it. `--only <text>` runs the cells whose name contains the text;
 * without it the table is kept in docs/evidence. `--at-once <count>` runs so many at a time, instead of two. `--steps` prints
 * the steps that each role reaches, for steps.ts.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startEngines } from '@waybill/embedded';
import { inClickHouse, inPostgres, type Engines } from './databases.js';
import { discoverSteps } from './discoverSteps.js';
import { allCells, describeCell, type Cell, type CellOutcome } from './matrix.js';
import { formatMatrix } from './matrixTable.js';
import { roles } from './roleProcess.js';
import { describeResult, isAsItShouldBe, runCell } from './runCell.js';
import type { CellContext } from './scene.js';
import { createScenarios } from './templates.js';

const evidence = fileURLToPath(new URL('../../../docs/evidence/crash-matrix.md', import.meta.url));

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    'at-once': { type: 'string', default: '2' },
    steps: { type: 'boolean' },
  },
});

const started = await startEngines();
const engines: Engines = { postgresUrl: started.postgres.url, clickhouseUrl: started.clickhouse.url };
try {
  const context = { engines, scenarios: await createScenarios(engines) };
  if (flags.steps === true) await printSteps(context);
  else await runMatrix(context, flags.only);
} finally {
  await started.stop();
}

async function runMatrix(context: CellContext, only: string | undefined): Promise<void> {
  const ranAt = new Date();
  const cells = allCells().filter((cell) => only === undefined || describeCell(cell).includes(only));
  if (cells.length === 0) throw new Error(`There is no cell whose name contains "${only ?? ''}".`);
  const outcomes = await runCells(context, cells);
  const table = await formatMatrix({ outcomes, ranAt, ...(await readVersions()) }, evidence);
  say(`\n${table}`);
  if (only === undefined) {
    await mkdir(new URL('.', new URL(`file://${evidence}`)), { recursive: true });
    await writeFile(evidence, table);
  }
  const wrong = outcomes.filter(({ result }) => !isAsItShouldBe(result));
  for (const { cell, result } of wrong) say(`✘ ${describeCell(cell)}\n    ${describeResult(result)}`);
  say(`${String(outcomes.length)} cells, ${String(wrong.length)} not as they should be`);
  if (wrong.length > 0) process.exitCode = 1;
}

/** Runs the cells, some at a time, and returns what came of them in their order. */
async function runCells(context: CellContext, cells: readonly Cell[]): Promise<CellOutcome[]> {
  const outcomes: CellOutcome[] = [];
  let next = 0;
  let done = 0;
  const takeTurns = async (): Promise<void> => {
    for (let cell = cells[next]; cell !== undefined; cell = cells[next]) {
      const index = next;
      next += 1;
      const result = await runCell(context, cell);
      outcomes[index] = { cell, result };
      done += 1;
      const mark = isAsItShouldBe(result) ? '✔' : '✘';
      const problem = isAsItShouldBe(result) ? '' : `\n    ${describeResult(result)}`;
      say(`${String(done)}/${String(cells.length)} ${mark} ${describeCell(cell)}${problem}`);
    }
  };
  await Promise.all(Array.from({ length: Number(flags['at-once']) }, takeTurns));
  return outcomes;
}

async function printSteps(context: CellContext): Promise<void> {
  for (const role of roles) {
    say(`${role}:`);
    for (const [step, phases] of await discoverSteps(context, role))
      say(`  ${step}: ${Array.from(phases, ([phase, count]) => `${phase} ${String(count)}`).join(', ')}`);
  }
}

async function readVersions(): Promise<{ postgresVersion: string; clickhouseVersion: string }> {
  const postgres = await inPostgres(engines.postgresUrl, (client) =>
    client.query<{ server_version: string }>('SHOW server_version'),
  );
  const clickhouse = await inClickHouse(engines, async (client) => {
    const result = await client.query({ query: 'SELECT version() AS version', format: 'JSONEachRow' });
    return result.json<{ version: string }>();
  });
  return {
    postgresVersion: postgres.rows[0]?.server_version ?? 'unknown',
    clickhouseVersion: clickhouse[0]?.version ?? 'unknown',
  };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
