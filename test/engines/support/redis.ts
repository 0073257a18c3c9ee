import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../support/freePort.js';

export interface RedisOptions {
  /** What clients must know. Default: none is needed. */
  readonly password?: string | undefined;
  /** Further lines of redis.conf, such as `{ 'maxmemory-policy': 'allkeys-lru' }`. */
  readonly config?: Readonly<Record<string, string>> | undefined;
}

/** A real redis-server of the test's own, on the loopback, which writes every change to its append-only file. */
export interface TestRedis {
  readonly port: number;
  /** With the password, where one is needed; database 0. */
  readonly url: string;
  /** Ends it as an operator does; connections are cut. Does nothing when it is not running. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
  /** Stops its process: connections stay, and nothing answers, until it is killed or thawed. */
  freeze(): void;
  thaw(): void;
  /** Starts it again on the same port and the same data. */
  start(): Promise<void>;
  /** Ends it for good and removes its data. */
  close(): Promise<void>;
}

const startMsMax = 20_000;
const portsTriedMax = 5;

/**
 * Starts Debian's redis-server on a free port with an empty directory of its own. Resolves when it takes connections.
 * @throws when redis-server is not installed, naming the package
 */
export async function startRedis(options: RedisOptions = {}): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'waybill-redis-'));
  let failure: unknown;
  for (let tried = 0; tried < portsTriedMax; tried += 1) {
    // Another process may take the port between its choice and the start of Redis.
    const redis = new RedisProcess(directory, await freePort(), options);
    try {
      await redis.start();
      return redis;
    } catch (cause) {
      failure = cause;
      if (!String(cause).includes('Address already in use')) break;
    }
  }
  await rm(directory, { recursive: true, force: true });
  throw failure;
}

class RedisProcess implements TestRedis {
  readonly port: number;
  readonly url: string;
  readonly #directory: string;
  readonly #options: RedisOptions;
  #process: ChildProcess | undefined;

  constructor(directory: string, port: number, options: RedisOptions) {
    this.#directory = directory;
    this.#options = options;
    this.port = port;
    const { password } = options;
    const credentials = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
    this.url = `redis://${credentials}127.0.0.1:${String(port)}/0`;
  }

  async start(): Promise<void> {
    if (this.#process !== undefined) throw new Error('This Redis runs already.');
    const file = join(this.#directory, 'redis.conf');
    await writeFile(file, this.#configuration(), { mode: 0o600 });
    const server = spawn('redis-server', [file], { stdio: ['ignore', 'pipe', 'pipe'] });
    const killWithUs = (): void => void server.kill('SIGKILL');
    process.once('exit', killWithUs);
    server.once('close', () => {
      process.off('exit', killWithUs);
      if (this.#process === server) this.#process = undefined;
    });
    await untilReady(server);
    this.#process = server;
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  async close(): Promise<void> {
    await this.#end('SIGKILL');
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#process;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.kill(signal);
    await closed;
  }

  #configuration(): string {
    const { password, config = {} } = this.#options;
    const settings: Record<string, string> = {
      port: String(this.port),
      bind: '127.0.0.1',
      dir: JSON.stringify(this.#directory),
      daemonize: 'no',
      // Every change is handed to the operating system before it is answered: a kill of the process loses none.
      appendonly: 'yes',
      appendfsync: 'no',
      save: '""',
      'maxmemory-policy': 'noeviction',
      ...(password === undefined ? {} : { requirepass: JSON.stringify(password) }),
      ...config,
    };
    return Object.entries(settings)
      .map(([name, value]) => `${name} ${value}\n`)
      .join('');
  }
}

function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const deadline = setTimeout(() => {
      server.kill('SIGKILL');
      reject(new Error(`Redis was not ready within ${String(startMsMax)} ms.\n${output}`));
    }, startMsMax);
    const settle = (end: () => void): void => {
      clearTimeout(deadline);
      end();
    };
    const read = (text: string): void => {
      output = (output + text).slice(-10_000);
      if (output.includes('Ready to accept connections')) settle(resolve);
    };
    server.stdout?.setEncoding('utf8').on('data', read);
    server.stderr?.setEncoding('utf8').on('data', read);
    server.once('error', (error: NodeJS.ErrnoException) => {
      settle(() => {
        const missing = 'These tests need redis-server. Install it: apt-get install redis-server';
        reject(error.code === 'ENOENT' ? new Error(missing, { cause: error }) : error);
      });
    });
    server.once('close', (exitCode) => {
      settle(() => {
        reject(new Error(`Redis ended while it started, with exit code ${String(exitCode)}.\n${output}`));
      });
    });
  });
}
