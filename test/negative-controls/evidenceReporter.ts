import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import type { Reporter, TestModule } from 'vitest/node';
import './checkControls.js';
import { describeForDocs, describeForTerminal } from './controlReport.js';
import type { ControlVerdict } from './negativeControl.js';

const evidenceDirectory = fileURLToPath(new URL('../../docs/evidence/', import.meta.url));
const evidenceFile = join(evidenceDirectory, 'negative-controls.md');

/** Prints what each negative control found, and keeps it in docs when all of them ran and were noticed. */
export default class EvidenceReporter implements Reporter {
  readonly #startedAt = new Date();

  async onTestRunEnd(testModules: readonly TestModule[]): Promise<void> {
    const tests = testModules.flatMap((module) => [...module.children.allTests()]);
    const verdicts = tests.flatMap((test) => test.meta().control ?? []);
    const ran = tests.filter((test) => test.result().state !== 'skipped');
    const unnoticed = ran.length - ran.filter((test) => test.ok()).length;
    const seconds = Math.round((Date.now() - this.#startedAt.getTime()) / 1_000);
    process.stdout.write(
      `\n${describeForTerminal(verdicts)}\n\n${String(verdicts.length)} negative controls in ${String(seconds)} s, ` +
        `${String(unnoticed)} tests failed\n`,
    );
    if (unnoticed > 0 || ran.length < tests.length) return;
    await mkdir(evidenceDirectory, { recursive: true });
    await writeFile(evidenceFile, await this.#asPage(verdicts, seconds));
  }

  async #asPage(verdicts: readonly ControlVerdict[], seconds: number): Promise<string> {
    const page = `# Negative controls

Written by \`npm run negative-controls\`. Last run: ${this.#startedAt.toISOString().slice(0, 10)}, ${String(verdicts.length)} controls in
${String(seconds)} s on the embedded engines, each one noticed. They run in \`npm test\` too.

Each line switches one safeguard off in a copy of the code and plays what it is for, once with the safeguard and once
without it, on real engines. The last two columns are what the oracle of the tests says: events that were committed
against rows in ClickHouse. A control passes only if nothing is wrong with the safeguard and something is without it.
Where two safeguards stand behind each other, one is off on both sides.

${describeForDocs(verdicts)}

Two things are not in the table. Prepared transactions, which sealing waits for by a clause of their own, need a Postgres
that is restarted: their control is in \`test/sealing/preparedTransactions.test.ts\`. And \`wait_end_of_query\` is pinned
for what the manual says of it; with ClickHouse 26.7 no insert was found that is answered otherwise without it.
`;
    const options = await resolveConfig(evidenceFile);
    return format(page, { ...options, filepath: evidenceFile });
  }
}
