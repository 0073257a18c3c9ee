import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { recordColumns } from '../backlog.js';
import type { Contender, DrainSetup } from './contender.js';
import { plainTable } from './plainTable.js';
import { serveDrains } from './serveDrains.js';
import { idRanges, inStreams } from './streaming.js';

/**
 * A line of shell: psql's COPY piped into curl, a range of ids each. There is no bookkeeping at all: nothing knows what has been
 * delivered, and where psql fails halfway ClickHouse takes the half for the whole.
 */
export const psqlCurl: Contender = {
  name: 'psqlCurl',
  title: 'psql | curl, no bookkeeping',
  module: new URL(import.meta.url),
  memoryOf: 'children',
  backlog: plainTable,
};

function assertInstalled(program: string, debianPackage: string): void {
  if (spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined) return;
  throw new Error(
    `The program ${program} is not there, so that "psql | curl" cannot be measured. ` +
      `Install it (Debian: apt-get install ${debianPackage}) and start again.`,
  );
}

export const serve = serveDrains((setup) => {
  assertInstalled('psql', 'postgresql-client');
  assertInstalled('curl', 'curl');
  return Promise.resolve({
    drain({ firstId, lastId, limitMs }) {
      const nextRange = idRanges(firstId, lastId, setup.batchSize);
      return inStreams(limitMs, async () => {
        const range = nextRange();
        if (range === undefined) return 0;
        await pipe(setup, range.from, range.to);
        return range.to - range.from + 1;
      });
    },
    close: () => Promise.resolve(),
  });
});

const pipeline = `
  set -o pipefail
  psql --no-psqlrc --quiet "$DATABASE_URL" --command "$COPY" |
    curl --silent --show-error --fail-with-body --data-binary @- "$INSERT_URL"`;

async function pipe(setup: DrainSetup, from: number, to: number): Promise<void> {
  const columns = recordColumns.replace('event_date_time', `event_date_time AT TIME ZONE 'UTC'`);
  const insertUrl = new URL(setup.clickhouseUrl);
  insertUrl.searchParams.set(
    'query',
    `INSERT INTO ${setup.clickhouseTable} (${recordColumns}) FORMAT TabSeparated`,
  );
  const child = spawn('bash', ['-c', pipeline], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      DATABASE_URL: setup.databaseUrl,
      COPY: `COPY (SELECT ${columns} FROM record WHERE id BETWEEN ${String(from)} AND ${String(to)}) TO STDOUT`,
      INSERT_URL: insertUrl.href,
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  if (exitCode !== 0) throw new Error(`psql | curl ended with exit code ${String(exitCode)}: ${said.trim()}`);
}
