import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EmbeddedError } from '../embeddedError.js';
import { commandOf, describeProcess, isRunning, workingDirectoryOf } from '../process/processTable.js';

/**
 * Who holds a cluster. Postgres keeps its process id in postmaster.pid, which stays behind after a SIGKILL; and that
 * id may meanwhile belong to some other process:
 *
 * - `free`: no file, or nobody runs under that id. Postgres itself then takes the lock over.
 * - `held`: that process is a Postgres on this cluster.
 * - `reused`: that process is something else. Postgres would refuse to start.
 */
export type PostmasterLock =
  | { readonly state: 'free' }
  | { readonly state: 'held'; readonly pid: number }
  | { readonly state: 'reused'; readonly pid: number };

export async function readPostmasterLock(cluster: string): Promise<PostmasterLock> {
  const content = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Math.abs(Number(content.split('\n')[0]));
  if (!Number.isInteger(pid) || pid === 0 || !isRunning(pid)) return { state: 'free' };
  return isPostgresOn(pid, cluster) ? { state: 'held', pid } : { state: 'reused', pid };
}

/**
 * What Postgres needs to be told so that it takes over a lock whose process id was reused. It never takes its own
 * grandparent, which pg_ctl names to it in this variable, for a rival; naming the process that merely has the old id
 * leaves the taking over, and the race with others who do the same, to Postgres.
 */
export function takeOverEnvironment(lock: PostmasterLock): Record<string, string> {
  return lock.state === 'reused' ? { PG_GRANDPARENT_PID: String(lock.pid) } : {};
}

export function clusterInUse(cluster: string, pid: number | undefined): EmbeddedError {
  const holder = pid === undefined ? 'another Postgres' : describeProcess(pid);
  return new EmbeddedError(
    'DATA_DIR_IN_USE',
    `The Postgres data in ${cluster} is in use by ${holder}. Nothing was started, and that one runs on undisturbed. ` +
      'Stop it first, use it, or choose another data directory.',
  );
}

/** A postmaster works in its cluster's directory; where that cannot be read, its command line decides. */
function isPostgresOn(pid: number, cluster: string): boolean {
  const directory = workingDirectoryOf(pid);
  if (directory !== undefined) return directory === cluster;
  const command = commandOf(pid) ?? '';
  const program = basename(command.split(' ')[0] ?? '');
  return /^postgres|^postmaster/.test(program) || command.includes(cluster);
}
