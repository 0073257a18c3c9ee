import { Pool } from 'pg';
import { pgTransactions } from 'waybill/pg';
import { historyArguments, usage } from './historyArguments.js';
import { migrateGitHistory } from './migrateGitHistory.js';
import { GitError, readCommits } from './readCommits.js';
import { RecordCommit } from './recordCommit.js';
import { replayHistory, type ReplayCounts } from './replayHistory.js';
import { progressLine, summary } from './summary.js';

const concurrency = 8;
const progressIntervalMs = 1_000;

process.exitCode = await main();

/** Returns the exit code: 0 done, 1 failed, 2 wrongly called. */
async function main(): Promise<number> {
  const given = historyArguments(process.argv.slice(2));
  if (given.kind === 'help') return say(usage, 0);
  if (given.kind === 'wrong') return complain(`${given.problem}\n\n${usage}`, 2);
  const databaseUrl = process.env['DATABASE_URL'];
  if (databaseUrl === undefined || databaseUrl === '') {
    return complain('DATABASE_URL is not set. Example: postgres://localhost:5432/history', 2);
  }
  try {
    return say(await replay(databaseUrl, given.repository, given.commitsMax), 0);
  } catch (error) {
    if (error instanceof GitError) return complain(error.message, 1);
    return complain(
      `The replay stopped: ${describe(error)}\nWhat is recorded is complete. Run it again to go on.`,
      1,
    );
  }
}

async function replay(databaseUrl: string, repository: string, commitsMax?: number): Promise<string> {
  const pool = new Pool({ connectionString: databaseUrl, max: concurrency, application_name: 'git-history' });
  const startMs = performance.now();
  const seconds = (): number => (performance.now() - startMs) / 1_000;
  const progress = showProgress(seconds);
  try {
    await migrateGitHistory(pool);
    const recordCommit = new RecordCommit(pgTransactions(pool));
    const onProgress = progress.update;
    const counts = await replayHistory(readCommits(repository, commitsMax), recordCommit, {
      concurrency,
      onProgress,
    });
    return summary(counts, seconds());
  } finally {
    progress.end();
    await pool.end();
  }
}

/** On a terminal one line that is written over, elsewhere a line now and then. */
function showProgress(seconds: () => number): { update: (counts: ReplayCounts) => void; end: () => void } {
  const { stderr } = process;
  let nextMs = performance.now() + progressIntervalMs;
  return {
    update(counts) {
      if (performance.now() < nextMs) return;
      nextMs = performance.now() + progressIntervalMs;
      const line = progressLine(counts, seconds());
      stderr.write(stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
    },
    end() {
      if (stderr.isTTY) stderr.write('\r\x1b[K');
    },
  };
}

function say(text: string, exitCode: number): number {
  process.stdout.write(`${text}\n`);
  return exitCode;
}

function complain(text: string, exitCode: number): number {
  process.stderr.write(`${text}\n`);
  return exitCode;
}

/** A refused connection comes as an AggregateError, whose own message is empty: one error for each address tried. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join('; ');
  return error instanceof Error ? error.message : String(error);
}
