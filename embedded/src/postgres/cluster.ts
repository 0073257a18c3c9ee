import { chown, mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import { EmbeddedError } from '../embeddedError.js';
import type { Progress } from '../options.js';
import { describeError } from '../process/describeError.js';
import { isRunning } from '../process/processTable.js';
import { type RunAs, runProgram } from '../process/runProgram.js';
import type { PostgresBinaries } from './postgresBinaries.js';

/** The directory below the data directory that Postgres itself owns (its PGDATA). */
export const CLUSTER = 'cluster';

/** A cluster under construction: cluster.new-<pid of who makes it>-<random>. */
const UNDER_CONSTRUCTION = /^cluster\.new-(\d+)-/;

/**
 * Makes the cluster unless it is there. It is made beside its place and moved there when it is whole, so that
 * whatever ends halfway leaves nothing that looks like a cluster; the next start clears such remains away.
 * Of two processes that do this at once, the second keeps the first one's cluster.
 * @throws EmbeddedError INITDB_FAILED, DATA_DIR_VERSION
 */
export async function ensureCluster(
  dataDir: string,
  binaries: PostgresBinaries,
  runAs: RunAs | undefined,
  progress: Progress,
): Promise<string> {
  const cluster = join(dataDir, CLUSTER);
  await clearRemains(dataDir, progress);
  const state = await stateOf(cluster);
  if (state === 'half made') await setAside(cluster, progress);
  if (state !== 'whole') {
    progress('initialising data directory');
    await initialise(dataDir, cluster, binaries, runAs);
  }
  await checkVersion(cluster, binaries);
  return cluster;
}

async function initialise(
  dataDir: string,
  cluster: string,
  binaries: PostgresBinaries,
  runAs: RunAs | undefined,
): Promise<void> {
  const staging = join(dataDir, `${CLUSTER}.new-${String(process.pid)}-${randomUUID().slice(0, 8)}`);
  try {
    await mkdir(staging, { mode: 0o700 });
    if (runAs !== undefined) await chown(staging, runAs.uid, runAs.gid);
    const { succeeded, output } = await runProgram(
      binaries.initdb,
      ['-D', staging, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C'],
      { runAs, env: binaries.env },
    );
    if (!succeeded) throw new Error(output);
    await rename(staging, cluster);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    if ((await stateOf(cluster)) === 'whole') return;
    throw new EmbeddedError(
      'INITDB_FAILED',
      `A new Postgres data directory could not be made in ${dataDir}: ${describeError(error)}. ` +
        'What was there before is untouched, and what was begun is removed. Put that right and start again.',
      { cause: error },
    );
  }
}

/** Whether anything stands in the cluster's place. initdb writes PG_VERSION first, and global/pg_control later. */
async function stateOf(cluster: string): Promise<'absent' | 'half made' | 'whole'> {
  const names = await readdir(cluster).catch((): string[] => []);
  if (names.length === 0) return 'absent';
  const hasControlFile = await stat(join(cluster, 'global', 'pg_control')).then(
    () => true,
    () => false,
  );
  return names.includes('PG_VERSION') && hasControlFile ? 'whole' : 'half made';
}

/** Moves away what stands in the cluster's place and is none. It is kept: it may be worth something to someone. */
async function setAside(cluster: string, progress: Progress): Promise<void> {
  const kept = `${cluster}.incomplete-${randomUUID().slice(0, 8)}`;
  await rename(cluster, kept).catch(() => undefined);
  if ((await stateOf(kept)) === 'whole') {
    // Another process made it whole since we looked.
    await rename(kept, cluster);
    return;
  }
  progress(`${cluster} was half made; it is kept as ${basename(kept)} and made anew`);
}

async function clearRemains(dataDir: string, progress: Progress): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const makerPid = Number(UNDER_CONSTRUCTION.exec(name)?.[1]);
    if (Number.isNaN(makerPid) || isRunning(makerPid)) continue;
    progress(`removing ${name}, which an interrupted start left half made`);
    await rm(join(dataDir, name), { recursive: true, force: true });
  }
}

async function checkVersion(cluster: string, binaries: PostgresBinaries): Promise<void> {
  const madeBy = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  if (Number(madeBy) === binaries.majorVersion) return;
  throw new EmbeddedError(
    'DATA_DIR_VERSION',
    `The data in ${cluster} was made by Postgres ${madeBy}, and this is Postgres ${String(binaries.majorVersion)}. ` +
      `The data is untouched. Use another data directory, or Postgres ${madeBy} through binDir.`,
  );
}
