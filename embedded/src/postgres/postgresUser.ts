import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedError } from '../embeddedError.js';
import type { RunAs } from '../process/runProgram.js';

const USER_NAMES = ['postgres', '_postgres', 'nobody'];

/**
 * The user to run Postgres as: undefined, which is the user of this process, unless that is root, whom Postgres
 * refuses. Then it is whoever owns the data already, or else the first of postgres and nobody that exists.
 * @throws EmbeddedError NO_UNPRIVILEGED_USER
 */
export async function postgresUser(clusterCandidates: readonly string[]): Promise<RunAs | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = parsePasswd(await readFile('/etc/passwd', 'utf8').catch(() => ''));

  for (const cluster of clusterCandidates) {
    const owner = await stat(join(cluster, 'PG_VERSION')).catch(() => undefined);
    if (owner !== undefined && owner.uid !== 0) {
      const name = users.find((user) => user.uid === owner.uid)?.name ?? `with id ${String(owner.uid)}`;
      return { uid: owner.uid, gid: owner.gid, name };
    }
  }
  for (const name of USER_NAMES) {
    const user = users.find((candidate) => candidate.name === name);
    if (user !== undefined && user.uid !== 0) return user;
  }
  throw new EmbeddedError(
    'NO_UNPRIVILEGED_USER',
    `Postgres refuses to run as root, and none of the users ${USER_NAMES.join(', ')} exists. Nothing was started. ` +
      'Start it as another user, or add one: useradd --system postgres.',
  );
}

/** The users of a passwd file. */
export function parsePasswd(passwd: string): RunAs[] {
  return passwd.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || uid === undefined || gid === undefined) return [];
    return [{ name, uid: Number(uid), gid: Number(gid) }];
  });
}
