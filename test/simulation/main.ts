import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { runCampaign, type CampaignFailure } from './campaign.js';
import { runHistory } from './history.js';
import { runLongCampaign, type LongCampaignResult } from './longCampaign.js';

/** Where `--record` keeps the last result. */
const recordFile = 'docs/evidence/simulation.md';

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** npm run simulate -- --histories N [--seed S] [--record], or --seed S --path P to replay one history. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      histories: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      path: { type: 'string' },
      record: { type: 'boolean', default: false },
    },
  });
  const histories = wholeNumber('histories', values.histories);
  const seed = wholeNumber('seed', values.seed);
  if (values.path !== undefined) await replay(seed, values.path);
  else await runAll(histories, seed, values.record);
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new Error(`--${name} must be a whole number from 1, not ${text}. Nothing was run.`);
  return number;
}

async function replay(seed: number, path: string): Promise<void> {
  const { failure } = await runCampaign({ histories: 1_000_000, seed, path });
  if (failure === undefined) write('This history keeps every promise.');
  else await tell(failure);
}

async function runAll(histories: number, seed: number, record: boolean): Promise<void> {
  const startedMs = performance.now();
  let toldAt = 0;
  const result = await runLongCampaign({
    histories,
    seed,
    onProgress: (done) => {
      if (done < toldAt + 50_000) return;
      toldAt = done;
      write(`${done.toLocaleString('en')} histories`);
    },
  });
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  const summary = summarize(result, seed, seconds);
  write(summary);
  for (const failure of result.failures) await tell(failure);
  if (record) await writeFile(recordFile, recordOf(summary));
}

/** Tells a failing history, line by line, and how to see it again. */
async function tell({ plan, breach, seed, path }: CampaignFailure): Promise<void> {
  process.exitCode = 1;
  const { lines } = await runHistory(plan, { isWritten: true });
  write(lines.join('\n'));
  write(`\nA promise was broken: ${breach}`);
  write(`Again: npm run simulate -- --seed ${String(seed)} --path ${path}`);
}

function summarize(
  { histories, counts, failures, threads }: LongCampaignResult,
  seed: number,
  seconds: number,
): string {
  const kinds = [...counts].sort(([one], [other]) => one.localeCompare(other));
  const faults = kinds.filter(([kind]) => kind.startsWith('fault: '));
  const faultCount = faults.reduce((sum, [, number]) => sum + number, 0);
  const verdict = failures.length === 0 ? 'every promise kept' : `${String(failures.length)} failed`;
  const width = Math.max(...kinds.map(([kind]) => kind.length));
  return [
    `${histories.toLocaleString('en')} histories, ${String(faults.length)} kinds of faults, ` +
      `${faultCount.toLocaleString('en')} faults, seed ${String(seed)}: ${verdict}`,
    `${String(seconds)} s, ${String(threads)} threads`,
    '',
    ...kinds.map(([kind, number]) => `${kind.padEnd(width)} ${number.toLocaleString('en').padStart(12)}`),
  ].join('\n');
}

function recordOf(summary: string): string {
  return [
    '# Simulation: the last long run',
    '',
    `On ${new Date().toISOString().slice(0, 10)}, by \`npm run simulate -- --histories N --record\`. The lines \`limit\` count what is`,
    'left out of the promise; each is described where it is counted, in `test/simulation`.',
    '',
    '```text',
    summary,
    '```',
    '',
  ].join('\n');
}

await main();
