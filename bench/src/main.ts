import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { startBenchEngines, type BenchEngines } from './engines.js';
import { killBenchProcesses } from './processes/benchProcess.js';
import { describeMachine, machineLines } from './report/machine.js';
import { targetsText } from './report/terminal.js';
import { runSections } from './runSections.js';
import { sectionNames, type Section, type SectionName } from './section.js';
import { capture } from './sections/capture.js';
import { cleaning } from './sections/cleaning.js';
import { drain } from './sections/drain.js';
import { freshness } from './sections/freshness.js';
import { growth } from './sections/growth.js';
import { soak } from './sections/soak.js';
import { streams } from './sections/streams.js';

/** All that is there, in the order in which it runs. */
const sections: readonly Section[] = [drain, streams, capture, freshness, growth, cleaning, soak];

const resultsDirectory = fileURLToPath(new URL('../results', import.meta.url));

const command = new Command('bench')
  .description(
    'Measures Waybill side by side with what people use today, on real engines that it starts itself.',
  )
  .option('--quick', 'the short form: every target within five minutes')
  .option('--only <sections>', `some of: ${sections.map(({ name }) => name).join(', ')}`, parseSections)
  .option(
    '--out <directory>',
    'where results are written (default: bench/results, with --quick bench/results/quick)',
  )
  .parse();
const options = command.opts<{ quick?: true; only?: readonly SectionName[]; out?: string }>();

/** npm passes Ctrl-C on, so that one press arrives twice; the second within this time is the same. */
const samePressMs = 1_000;
let interruptedAtMs: number | undefined;

process.exitCode = await main();

async function main(): Promise<number> {
  const { quick = false, only } = options;
  const directory = resolve(options.out ?? (quick ? `${resultsDirectory}/quick` : resultsDirectory));
  const startMs = performance.now();
  say('starting Postgres and ClickHouse');
  const engines = stoppedOnce(await startBenchEngines());
  try {
    stopOnInterruption(engines);
    const machine = await describeMachine(engines);
    print(`${machineLines(machine).join('\n')}\n`);
    const outcome = await runSections({
      sections: sections.filter(
        ({ name, fullOnly }) => only?.includes(name) ?? !(quick && fullOnly === true),
      ),
      engines,
      machine,
      quick,
      directory,
      print,
      say,
    });
    print(`\n${targetsText(outcome.targets)}`);
    for (const { section, error } of outcome.failures)
      print(
        `\n${section} could not be measured: ${error instanceof Error ? error.message : String(error)}\n`,
      );
    const seconds = Math.round((performance.now() - startMs) / 1_000);
    print(`\nTook ${String(seconds)} s. Results: ${relative(process.cwd(), directory) || '.'}/README.md\n`);
    return outcome.failures.length === 0 ? 0 : 1;
  } finally {
    await engines.stop();
  }
}

/** Engines whose second stop waits for the first. */
function stoppedOnce(engines: BenchEngines): BenchEngines {
  let stopped: Promise<void> | undefined;
  return { ...engines, stop: () => (stopped ??= engines.stop()) };
}

/** The engines are stopped in order; processes of contenders end with this one. A second press ends it at once. */
function stopOnInterruption(engines: BenchEngines): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (interruptedAtMs !== undefined) {
        if (performance.now() - interruptedAtMs > samePressMs) process.exit(130);
        return;
      }
      say('stopping the engines');
      interruptedAtMs = performance.now();
      killBenchProcesses(); // or each would complain of the lost connections
      engines.stop().then(
        () => process.exit(130),
        (error: unknown) => {
          process.stderr.write(`the engines could not be stopped: ${String(error)}\n`);
          process.exit(130);
        },
      );
    });
}

function parseSections(text: string): SectionName[] {
  return text.split(',').map((given) => {
    const name = sectionNames.find((one) => one === given.trim());
    if (name === undefined || !sections.some((section) => section.name === name))
      throw new InvalidArgumentError(`There is no section ${given.trim()}.`);
    return name;
  });
}

/** After an interruption nothing is written any more: what fails then, fails because of it. */
function print(text: string): void {
  if (interruptedAtMs === undefined) process.stdout.write(text);
}

function say(line: string): void {
  if (interruptedAtMs === undefined) process.stderr.write(`${line}\n`);
}
