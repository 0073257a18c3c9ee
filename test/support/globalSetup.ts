import { access } from 'node:fs/promises';
import { startEngines } from '@waybill/embedded';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
    clickhouseUrl: string;
  }
}

const debianPostgres15 = '/usr/lib/postgresql/15/bin';

/** Starts both engines before the first test and stops them after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const engines = await startEngines(await chosenPostgres());
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

/** WAYBILL_TEST_POSTGRES=15 runs the tests on Debian's Postgres 15 instead of the embedded 18. */
async function chosenPostgres(): Promise<{ postgresBinDir?: string }> {
  const version = process.env['WAYBILL_TEST_POSTGRES'] ?? '18';
  if (version === '18') return {};
  if (version !== '15') throw new Error(`WAYBILL_TEST_POSTGRES is ${version}; allowed: 15 or 18`);
  await access(debianPostgres15).catch((error: unknown) => {
    throw new Error(
      `There is no Postgres 15 in ${debianPostgres15}. Install it: apt-get install postgresql-15`,
      {
        cause: error,
      },
    );
  });
  return { postgresBinDir: debianPostgres15 };
}
