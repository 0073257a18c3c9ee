import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataDirectory, openDataDirectory } from '../dataDirectory.js';
import { EmbeddedError } from '../embeddedError.js';
import { platformOf, type Progress, progressOf, READY_TIMEOUT_MS_DEFAULT } from '../options.js';
import { platformPackageDirectory } from '../platformPackage.js';
import { describeError } from '../process/describeError.js';
import { accepts, choosePort, LOOPBACK, portInUse } from '../process/loopbackPort.js';
import { describeProcess, isRunning } from '../process/processTable.js';
import { waitUntil } from '../process/waitUntil.js';
import { askClickHouse } from './askClickHouse.js';
import type { ClickHouseOptions, EmbeddedClickHouse } from './clickHouseOptions.js';
import { SERVER_SCRIPT } from './clickHouseOrder.js';
import { ClickHouseServer } from './clickHouseServer.js';

const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@chdb/lib-linux-x64-gnu',
  'linux-arm64': '@chdb/lib-linux-arm64-gnu',
  'darwin-arm64': '@chdb/lib-darwin-arm64',
  'darwin-x64': '@chdb/lib-darwin-x64',
};

/** So named on every platform. */
const LIBRARY = 'libchdb.so';

/** How often a start is tried when a port that was free is taken by the time ClickHouse wants it. */
const ATTEMPTS_MAX = 5;

/**
 * Starts a ClickHouse of its own on 127.0.0.1, HTTP and native protocol, and returns once it answers a query.
 * The server ends with `stop()`, or when this process ends for whatever reason.
 * @throws EmbeddedError; nothing is left running then
 */
export async function startClickHouse(options: ClickHouseOptions = {}): Promise<EmbeddedClickHouse> {
  const progress = progressOf('clickhouse', options);
  const startedAt = performance.now();
  const library = join(platformPackageDirectory('ClickHouse', PACKAGES, platformOf(options)), LIBRARY);
  const directory = await openDataDirectory(options.dataDir, 'clickhouse', undefined, progress);
  try {
    return await startWithRetries({ options, progress, library, directory, startedAt });
  } catch (error) {
    if (directory.temporary) await rm(directory.path, { recursive: true, force: true });
    throw error;
  }
}

interface Launch {
  readonly options: ClickHouseOptions;
  readonly progress: Progress;
  readonly library: string;
  readonly directory: DataDirectory;
  /** On the clock of `performance.now()`. */
  readonly startedAt: number;
}

interface Ports {
  readonly httpPort: number;
  readonly tcpPort: number;
}

async function startWithRetries(launch: Launch): Promise<EmbeddedClickHouse> {
  for (let attempt = 1; ; attempt++) {
    const httpPort = await choosePort(launch.options.port, "ClickHouse's HTTP interface");
    const tcpPort = await choosePort(launch.options.tcpPort, "ClickHouse's native interface");
    const outcome = await startOnce(launch, { httpPort, tcpPort });
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

async function startOnce(launch: Launch, ports: Ports): Promise<EmbeddedClickHouse | FailedStart> {
  const { options, directory, library } = launch;
  const { httpPort, tcpPort } = ports;
  const store = join(directory.path, 'store');
  const logFile = join(directory.path, 'clickhouse.log');
  const configFile = join(directory.path, 'log-rotation.xml');
  await writeFile(configFile, LOG_ROTATION);
  const args = [
    'clickhouse',
    `--config-file=${configFile}`,
    `--path=${store}`,
    `--http_port=${String(httpPort)}`,
    `--tcp_port=${String(tcpPort)}`,
    `--listen_host=${LOOPBACK}`,
    `--logger.log=${logFile}`,
    '--log-level=warning',
    ...Object.entries(options.settings ?? {}).map(([name, value]) => `--${name}=${value}`),
    '--query',
    SERVER_SCRIPT,
  ];
  const order = { library, args, ...(directory.temporary ? { temporaryDirectory: directory.path } : {}) };
  const server = new ClickHouseServer(order, directory.path, logFile);

  const timeoutMs = options.readyTimeoutMs ?? READY_TIMEOUT_MS_DEFAULT;
  let version = '';
  let lastWords = 'it did not accept connections';
  const settled = await waitUntil(
    async () => {
      if (!server.running) return true;
      try {
        const [answered = '', path] = (await askClickHouse(httpPort, IDENTITY_QUERY)).trim().split('\t');
        if (path !== store) throw new Error(`another ClickHouse, on ${path ?? '?'}, answers there`);
        if (!(await accepts(tcpPort))) return false;
        version = answered;
        return true;
      } catch (error) {
        lastWords = describeError(error);
        return false;
      }
    },
    { timeoutMs: timeoutMs - (performance.now() - launch.startedAt) },
  );

  const { pid } = server;
  if (settled && version !== '' && pid !== undefined) {
    const seconds = ((performance.now() - launch.startedAt) / 1000).toFixed(1);
    launch.progress(`ready on ${LOOPBACK}:${String(httpPort)} (${seconds} s)`);
    return runningClickHouse(server, { pid, version, logFile, directory, ...ports });
  }
  if (settled) return await explainDeath(server, { store, logFile, options, ...ports });
  await server.stop(httpPort);
  const failure = new EmbeddedError(
    'NOT_READY',
    `ClickHouse did not answer within ${String(timeoutMs)} ms (${lastWords}), and was stopped. Its data in ${store} ` +
      `is safe. Look into ${logFile}, or allow more time with readyTimeoutMs.`,
  );
  return { failure, retry: false };
}

/** Its size cannot be bounded by an option, unlike the log's place and level. */
const LOG_ROTATION = '<clickhouse><logger><size>8M</size><count>1</count></logger></clickhouse>\n';

const IDENTITY_QUERY = "SELECT version(), value FROM system.server_settings WHERE name = 'path' FORMAT TSV";

function runningClickHouse(
  server: ClickHouseServer,
  facts: Ports & { pid: number; version: string; logFile: string; directory: DataDirectory },
): EmbeddedClickHouse {
  const { pid, httpPort, tcpPort, version, logFile, directory } = facts;
  let stopped: Promise<void> | undefined;
  const stopOnce = async (): Promise<void> => {
    await server.stop(httpPort);
    if (directory.temporary) await rm(directory.path, { recursive: true, force: true });
  };
  return {
    url: `http://${LOOPBACK}:${String(httpPort)}`,
    httpPort,
    tcpPort,
    pid,
    version,
    dataDir: directory.path,
    logFile,
    exited: server.exited,
    stop: async () => {
      await (stopped ??= stopOnce());
    },
    kill: async () => {
      await server.kill();
    },
  };
}

/** Says why a server ended while it was starting, by what it wrote. */
async function explainDeath(
  server: ClickHouseServer,
  facts: Ports & { store: string; logFile: string; options: ClickHouseOptions },
): Promise<FailedStart> {
  const { store, logFile, options } = facts;
  const { logTail } = await server.exited;
  if (logTail.includes('Cannot lock file')) {
    return { failure: storeInUse(store, await holderOf(store)), retry: false };
  }
  if (logTail.includes('Address already in use')) {
    const takenPort = Number(/Address already in use: [^:]+:(\d+)/.exec(logTail)?.[1] ?? facts.httpPort);
    const asked = takenPort === options.port || takenPort === options.tcpPort;
    return { failure: portInUse(takenPort, 'ClickHouse', new Error('it is in use')), retry: !asked };
  }
  const failure = new EmbeddedError(
    'ENGINE_DIED',
    `ClickHouse ended while it was starting. Its data in ${store} is safe. ` +
      `Put right what it said last; its log is kept in ${logFile}:\n${logTail}`,
  );
  return { failure, retry: false };
}

/** ClickHouse holds a kernel lock on its status file, which ends with the process, and writes its id into it. */
async function holderOf(store: string): Promise<number | undefined> {
  let pid: number | undefined;
  await waitUntil(
    async () => {
      const status = await readFile(join(store, 'status'), 'utf8').catch(() => '');
      const named = Number(/PID: (\d+)/.exec(status)?.[1]);
      if (Number.isInteger(named) && isRunning(named)) pid = named;
      return pid !== undefined;
    },
    { timeoutMs: 1_000 },
  );
  return pid;
}

function storeInUse(store: string, pid: number | undefined): EmbeddedError {
  const holder = pid === undefined ? 'another ClickHouse' : describeProcess(pid);
  return new EmbeddedError(
    'DATA_DIR_IN_USE',
    `The ClickHouse data in ${store} is in use by ${holder}. Nothing was started, and that one runs on undisturbed. ` +
      'Stop it first, use it, or choose another data directory.',
  );
}
