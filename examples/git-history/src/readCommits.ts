import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { commitLimits, type Commit } from './commit.js';
import { CommitParser, commitParserFormat } from './commitParser.js';
import { NulSplitter } from './nulSplitter.js';

/** git could not be run, or ended with an error: not a repository, no commit yet … */
export class GitError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GitError';
  }
}

const complaintBytesMax = 4_096;

/**
 * Reads the history of HEAD, oldest first, as a stream: git waits while the caller works.
 * @param commitsMax the newest so many; all when undefined
 * @throws {GitError} with git's own words
 */
export async function* readCommits(repository: string, commitsMax?: number): AsyncGenerator<Commit, void> {
  const git = spawn('git', gitArguments(repository, commitsMax), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' },
  });
  const ended = once(git, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  ended.catch(() => undefined); // awaited below; until then a failure to start must not count as unhandled
  const complaint = collectComplaint(git.stderr);
  try {
    const splitter = new NulSplitter(commitLimits.fieldBytesMax);
    const parser = new CommitParser();
    for await (const chunk of git.stdout as AsyncIterable<Buffer>) {
      for (const field of splitter.push(chunk)) {
        const commit = parser.push(field);
        if (commit !== undefined) yield commit;
      }
    }
    await requireSuccess(ended, complaint);
    const last = parser.finish();
    if (last !== undefined) yield last;
  } finally {
    git.kill(); // the caller may have stopped early; a git that has ended is not touched by it
  }
}

function gitArguments(repository: string, commitsMax: number | undefined): string[] {
  return [
    '-C',
    repository,
    // Nothing that the repository configures may add to the output or run a program.
    ...['-c', 'log.showSignature=false', '-c', 'core.fsmonitor=false'],
    ...[
      'log',
      '-z',
      '--reverse',
      '--numstat',
      '--no-renames',
      '--no-ext-diff',
      '--no-textconv',
      '--no-color',
    ],
    ...['--encoding=UTF-8', `--format=${commitParserFormat}`],
    ...(commitsMax === undefined ? [] : [`--max-count=${String(commitsMax)}`]),
    ...['HEAD', '--'],
  ];
}

/** Gathers the beginning of what git writes to stderr; the returned function tells what there is so far. */
function collectComplaint(stderr: Readable): () => string {
  let text = '';
  stderr.setEncoding('utf8');
  stderr.on('data', (part: string) => {
    text = (text + part).slice(0, complaintBytesMax);
  });
  return () => text.trim();
}

async function requireSuccess(
  ended: Promise<[number | null, NodeJS.Signals | null]>,
  complaint: () => string,
): Promise<void> {
  let exit: [number | null, NodeJS.Signals | null];
  try {
    exit = await ended;
  } catch (error) {
    throw new GitError('git could not be started. Is it installed?', { cause: error });
  }
  const [exitCode, signal] = exit;
  if (exitCode !== 0) throw new GitError(complaint() || `git ended with ${signal ?? String(exitCode)}.`);
}
