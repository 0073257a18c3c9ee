import { join } from 'node:path';
import type { BenchEngines } from './engines.js';
import type { Machine } from './report/machine.js';
import { composePage } from './report/page.js';
import { plotSvg } from './report/plot.js';
import { readSections, storeSection, writeWhole } from './report/storedSection.js';
import { tableText } from './report/terminal.js';
import type { Section, Target } from './section.js';

export interface BenchRun {
  readonly sections: readonly Section[];
  readonly engines: BenchEngines;
  readonly machine: Machine;
  readonly quick: boolean;
  /** Where results are written. */
  readonly directory: string;
  /** Results, for whoever looks at the terminal. */
  readonly print: (text: string) => void;
  /** What is being done, a line each. */
  readonly say: (line: string) => void;
}

export interface BenchOutcome {
  readonly targets: readonly Target[];
  /** Sections that could not be measured, and why. */
  readonly failures: readonly { readonly section: string; readonly error: unknown }[];
}

/** Runs sections one after the other, and writes each one's results as soon as it is done. One that fails stops no other. */
export async function runSections(run: BenchRun): Promise<BenchOutcome> {
  const targets: Target[] = [];
  const failures: { section: string; error: unknown }[] = [];
  for (const section of run.sections) {
    try {
      targets.push(...(await runSection(section, run)));
    } catch (error) {
      failures.push({ section: section.name, error });
      run.say(
        `${section.name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    }
  }
  return { targets, failures };
}

async function runSection(section: Section, run: BenchRun): Promise<readonly Target[]> {
  const { engines, quick, directory, machine, print, say } = run;
  const startMs = performance.now();
  const result = await section.run({
    engines,
    quick,
    say: (line) => {
      say(`${section.name}: ${line}`);
    },
  });
  for (const { name, value } of result.targets)
    if (!Number.isFinite(value)) throw new Error(`The target "${name}" was not measured: ${String(value)}.`);
  await storeSection(directory, {
    section: section.name,
    title: section.title,
    measuredAt: new Date().toISOString(),
    durationSeconds: (performance.now() - startMs) / 1_000,
    options: { quick },
    machine,
    ...result,
  });
  for (const plot of result.plots) await writeWhole(directory, plot.file, plotSvg(plot));
  await writeWhole(directory, 'README.md', composePage(await readSections(directory)));
  print(`\n${section.title}\n\n${result.tables.map(tableText).join('\n')}`);
  say(`${section.name}: results are in ${join(directory, `${section.name}.json`)}`);
  return result.targets;
}
