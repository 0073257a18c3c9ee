import { rm } from 'node:fs/promises';
import { resolve, join } from 'node:path';
import { type DataDirectory, openDataDirectory } from '../dataDirectory.js';
import { EmbeddedError } from '../embeddedError.js';
import { type Progress, progressOf, READY_TIMEOUT_MS_DEFAULT } from '../options.js';
import { describeError } from '../process/describeError.js';
import { choosePort, LOOPBACK, portInUse } from '../process/loopbackPort.js';
import { PLAIN_ENVIRONMENT, type RunAs } from '../process/runProgram.js';
import { waitUntil } from '../process/waitUntil.js';
import { askPostgres } from './askPostgres.js';
import { CLUSTER, ensureCluster } from './cluster.js';
import { findPostgresBinaries, type PostgresBinaries } from './postgresBinaries.js';
import type { EmbeddedPostgres, PostgresOptions } from './postgresOptions.js';
import { postgresUser } from './postgresUser.js';
import { Postmaster } from './postmaster.js';
import { clusterInUse, readPostmasterLock, takeOverEnvironment } from './postmasterLock.js';

/** What every server gets unless `settings` says otherwise. */
const SETTINGS_DEFAULT: Readonly<Record<string, string>> = {
  max_connections: '200',
  listen_addresses: LOOPBACK,
  // Only the loopback port: socket files would need a directory of their own.
  unix_socket_directories: '',
};

/** How often a start is tried when a free port was taken, or the remains of a killed server lingered. */
const ATTEMPTS_MAX = 5;

/**
 * Starts a Postgres of its own on 127.0.0.1 and returns once it answers a query. The data directory is made when it
 * is new. The server ends with `stop()`, or when this process ends for whatever reason.
 * @throws EmbeddedError; nothing is left running then
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<EmbeddedPostgres> {
  const progress = progressOf('postgres', options);
  const startedAt = performance.now();
  // Before anything is made. A free port is chosen later, just before it is used.
  if (options.port !== undefined) await choosePort(options.port, 'Postgres');
  const clusters = options.dataDir === undefined ? [] : [join(resolve(options.dataDir), CLUSTER)];
  const runAs = await postgresUser(clusters);
  const binaries = await findPostgresBinaries(options, runAs, progress);
  const directory = await openDataDirectory(options.dataDir, 'postgres', runAs, progress);
  try {
    const launch: Launch = { options, progress, runAs, binaries, directory, startedAt };
    await refuseWhenHeld(join(directory.path, CLUSTER));
    const cluster = await ensureCluster(directory.path, binaries, runAs, progress);
    return await startWithRetries(launch, cluster);
  } catch (error) {
    if (directory.temporary) await rm(directory.path, { recursive: true, force: true });
    throw error;
  }
}

interface Launch {
  readonly options: PostgresOptions;
  readonly progress: Progress;
  readonly runAs: RunAs | undefined;
  readonly binaries: PostgresBinaries;
  readonly directory: DataDirectory;
  /** On the clock of `performance.now()`. */
  readonly startedAt: number;
}

async function startWithRetries(launch: Launch, cluster: string): Promise<EmbeddedPostgres> {
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort(launch.options.port, 'Postgres');
    const outcome = await startOnce(launch, cluster, port);
    if (!('failure' in outcome)) return outcome;
    if (!outcome.retry || attempt === ATTEMPTS_MAX) throw outcome.failure;
    launch.progress(`trying again: ${outcome.failure.message}`);
  }
}

/** A start that failed, and whether another attempt may do better. */
interface FailedStart {
  readonly failure: EmbeddedError;
  readonly retry: boolean;
}

async function startOnce(
  launch: Launch,
  cluster: string,
  port: number,
): Promise<EmbeddedPostgres | FailedStart> {
  const { options, binaries, directory, runAs } = launch;
  const logFile = join(directory.path, 'postgres.log');
  const settings = { ...SETTINGS_DEFAULT, ...options.settings, port: String(port) };
  const lock = await refuseWhenHeld(cluster);
  const postmaster = new Postmaster({
    command: binaries.postgres,
    args: ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    env: { ...PLAIN_ENVIRONMENT, ...binaries.env, ...takeOverEnvironment(lock) },
    cwd: cluster,
    logFile,
    ...(runAs === undefined ? {} : { uid: runAs.uid, gid: runAs.gid }),
    ...(directory.temporary ? { temporaryDirectory: directory.path } : {}),
  });

  const timeoutMs = options.readyTimeoutMs ?? READY_TIMEOUT_MS_DEFAULT;
  let version = '';
  let lastWords = 'it did not accept connections';
  const settled = await waitUntil(
    async () => {
      if (!postmaster.running) return true;
      if (postmaster.pid === undefined) return false;
      try {
        const [answered = '', path] = await askPostgres(
          port,
          "SELECT current_setting('server_version'), current_setting('data_directory')",
        );
        if (path !== cluster) throw new Error(`another Postgres, on ${path ?? '?'}, answers there`);
        version = answered.split(' ')[0] ?? answered;
        return true;
      } catch (error) {
        lastWords = describeError(error);
        return false;
      }
    },
    { timeoutMs: timeoutMs - (performance.now() - launch.startedAt) },
  );

  const { pid } = postmaster;
  if (settled && version !== '' && pid !== undefined) {
    const seconds = ((performance.now() - launch.startedAt) / 1000).toFixed(1);
    launch.progress(`ready on ${LOOPBACK}:${String(port)} (${seconds} s)`);
    return runningPostgres(postmaster, { pid, port, version, logFile, directory });
  }
  if (settled) return await explainDeath(postmaster, { cluster, port, logFile, options });
  await postmaster.stop();
  const failure = new EmbeddedError(
    'NOT_READY',
    `Postgres did not answer within ${String(timeoutMs)} ms (${lastWords}), and was stopped. Its data in ${cluster} ` +
      `is safe. Look into ${logFile}, or allow more time with readyTimeoutMs.`,
  );
  return { failure, retry: false };
}

function runningPostgres(
  postmaster: Postmaster,
  facts: { pid: number; port: number; version: string; logFile: string; directory: DataDirectory },
): EmbeddedPostgres {
  const { pid, port, version, logFile, directory } = facts;
  let stopped: Promise<void> | undefined;
  const stopOnce = async (): Promise<void> => {
    await postmaster.stop();
    if (directory.temporary) await rm(directory.path, { recursive: true, force: true });
  };
  return {
    url: `postgres://postgres@${LOOPBACK}:${String(port)}/postgres`,
    port,
    pid,
    version,
    dataDir: directory.path,
    logFile,
    exited: postmaster.exited,
    stop: async () => {
      await (stopped ??= stopOnce());
    },
    kill: async () => {
      await postmaster.kill();
    },
  };
}

async function refuseWhenHeld(cluster: string): ReturnType<typeof readPostmasterLock> {
  const lock = await readPostmasterLock(cluster);
  if (lock.state === 'held') throw clusterInUse(cluster, lock.pid);
  return lock;
}

/** Says why a server ended while it was starting, by what it wrote (its messages are English: see LC_ALL). */
async function explainDeath(
  postmaster: Postmaster,
  facts: { cluster: string; port: number; logFile: string; options: PostgresOptions },
): Promise<FailedStart> {
  const { cluster, port, logFile, options } = facts;
  const { logTail, exitCode, signal } = await postmaster.exited;
  if (logTail.includes('lock file "postmaster.pid" already exists')) {
    const lock = await readPostmasterLock(cluster);
    return { failure: clusterInUse(cluster, lock.state === 'held' ? lock.pid : undefined), retry: false };
  }
  // Another start has made its lock file at this very moment, and not written its process id into it yet.
  if (/lock file "postmaster.pid" is empty|bogus data in lock file/.test(logTail)) {
    return { failure: clusterInUse(cluster, undefined), retry: true };
  }
  // Backends of a killed server take a moment to notice and to let go of its memory.
  if (logTail.includes('is still in use')) return { failure: clusterInUse(cluster, undefined), retry: true };
  if (logTail.includes('could not bind') || logTail.includes('could not create any TCP/IP sockets')) {
    return {
      failure: portInUse(port, 'Postgres', new Error('it is in use')),
      retry: options.port === undefined,
    };
  }
  const failure = new EmbeddedError(
    'ENGINE_DIED',
    `Postgres ended while it was starting (${signal ?? `exit code ${String(exitCode)}`}). Its data in ${cluster} is ` +
      `safe. Put right what the end of its log says, which is kept in ${logFile}:\n${logTail}`,
  );
  return { failure, retry: false };
}
