import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { EmbeddedError } from './embeddedError.js';
import type { Progress } from './options.js';
import { describeError } from './process/describeError.js';
import { type RunAs, runProgram } from './process/runProgram.js';

/** The mode of a directory that other users may pass through, but not list or change. */
const PASSABLE_MODE = 0o711;

export interface DataDirectory {
  readonly path: string;
  /** Whether it goes away on stop. */
  readonly temporary: boolean;
}

/**
 * Makes the directory an engine keeps its data in, which `runAs` can reach.
 * When that user cannot reach the directory asked for, one below the system's temporary directory stands in for
 * it; its name follows from the path asked for, so that the next start finds the data again.
 * @throws EmbeddedError DATA_DIR_UNUSABLE
 */
export async function openDataDirectory(
  asked: string | undefined,
  engine: string,
  runAs: RunAs | undefined,
  progress: Progress,
): Promise<DataDirectory> {
  if (asked === undefined) {
    const path = await mkdtemp(join(await passableTemporaryDirectory(runAs), `waybill-${engine}-`));
    if (runAs !== undefined) await chmod(path, PASSABLE_MODE);
    return { path, temporary: true };
  }
  const path = await makeDirectory(resolve(asked));
  if (runAs === undefined || (await canReach(path, runAs))) return { path, temporary: false };

  const standIn = await standInFor(path, engine, runAs);
  progress(`user ${runAs.name} cannot reach ${path}; its data is kept in ${standIn}`);
  return { path: standIn, temporary: false };
}

/** Whether a user can enter a directory; asked of the system itself, so that it holds for ACLs as well. */
export async function canReach(directory: string, runAs: RunAs | undefined): Promise<boolean> {
  const { succeeded } = await runProgram('/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], { runAs });
  return succeeded;
}

/**
 * A temporary directory that `runAs` can reach: the system's, or /var/tmp when that one is private.
 * @throws EmbeddedError DATA_DIR_UNUSABLE
 */
export async function passableTemporaryDirectory(runAs: RunAs | undefined): Promise<string> {
  const ofSystem = await realpath(tmpdir());
  if (runAs === undefined) return ofSystem;
  const candidates = [ofSystem, '/var/tmp', '/tmp'];
  for (const candidate of candidates) {
    if (await canReach(candidate, runAs)) return candidate;
  }
  throw new EmbeddedError(
    'DATA_DIR_UNUSABLE',
    `User ${runAs.name} can reach none of ${candidates.join(', ')}. Nothing was started. ` +
      'Point TMPDIR at a directory that every user can enter.',
  );
}

/**
 * Makes a directory below a temporary one that anybody may write to. Someone else could have made it first and
 * would then own our files, so it must belong to us or to `runAs`, and nobody else may write to it.
 * @throws EmbeddedError DATA_DIR_UNUSABLE
 */
export async function makeOwnDirectory(path: string, runAs: RunAs | undefined): Promise<string> {
  await mkdir(path, { recursive: true, mode: PASSABLE_MODE });
  const found = await lstat(path);
  const owned = found.uid === process.getuid?.() || found.uid === runAs?.uid;
  if (!found.isDirectory() || !owned || (found.mode & 0o022) !== 0) {
    throw new EmbeddedError(
      'DATA_DIR_UNUSABLE',
      `${path} exists, but belongs to someone else or can be written to by others. It was left untouched. ` +
        'Remove it, or point TMPDIR at a directory of your own.',
    );
  }
  return path;
}

/** A short name that follows from a text, for directories and files that stand for it. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

async function standInFor(path: string, engine: string, runAs: RunAs): Promise<string> {
  const parent = await passableTemporaryDirectory(runAs);
  return await makeOwnDirectory(join(parent, `waybill-${engine}-for-${shortHash(path)}`), runAs);
}

async function makeDirectory(path: string): Promise<string> {
  try {
    const firstMade = await mkdir(path, { recursive: true });
    // What we made ourselves shall be passable whatever the umask; what was there stays as it was.
    if (firstMade !== undefined) {
      for (let made = path; made.length >= firstMade.length; made = dirname(made)) await chmod(made, 0o755);
    }
    return await realpath(path);
  } catch (error) {
    throw new EmbeddedError(
      'DATA_DIR_UNUSABLE',
      `The data directory ${path} cannot be made: ${describeError(error)}. Nothing was started. ` +
        'Choose a directory that this user may write to.',
      { cause: error },
    );
  }
}
