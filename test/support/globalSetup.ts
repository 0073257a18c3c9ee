import { startEngines } from '@waybill/embedded';
import type { TestProject } from 'vitest/node';
import { chosenPostgres } from './chosenPostgres.js';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
    clickhouseUrl: string;
  }
}

/** Starts both engines before the first test and stops them after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { binDir } = chosenPostgres();
  const engines = await startEngines(binDir === undefined ? {} : { postgresBinDir: binDir });
  for (const engine of [engines.postgres, engines.clickhouse]) {
    void engine.exited.then(({ expected, exitCode, signal, logTail }) => {
      if (expected) return;
      const how = signal ?? `exit code ${String(exitCode)}`;
      process.stderr.write(
        `\nAn engine of the tests has ended by itself (${how}); what follows fails for it.\n${logTail}\n`,
      );
    });
  }
  project.provide('postgresUrl', engines.postgres.url);
  project.provide('clickhouseUrl', engines.clickhouse.url);
  return () => engines.stop();
}
