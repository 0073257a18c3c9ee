import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../support/freePort.js';

export interface RabbitmqOptions {
  /** Of the user `waybill`. Default: `waybill`. */
  readonly password?: string | undefined;
  /** How long a message may be in a consumer's hands, in milliseconds. Default: RabbitMQ's own, half an hour. */
  readonly consumerTimeoutMs?: number | undefined;
  /** Listens with TLS as well, on another port. */
  readonly tls?: { readonly port: number; readonly certFile: string; readonly keyFile: string } | undefined;
}

/** A real RabbitMQ of the test's own, a node by itself, on the loopback. */
export interface TestRabbitmq {
  readonly port: number;
  /** With the password; virtual host `/`. */
  readonly url: string;
  /** Ends it as an operator does. Does nothing when it is not running. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again on the same port and the same data. */
  start(): Promise<void>;
  /** Ends it for good and removes its data. */
  close(): Promise<void>;
}

// Debian's wrapper in /usr/sbin changes the user to one that may not write where tests do.
const program = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const startMsMax = 60_000;

/**
 * Starts Debian's rabbitmq-server on free ports, with an Erlang port mapper, cookie and directory of its own. Resolves
 * when it takes connections.
 * @throws when rabbitmq-server is not installed, naming the package
 */
export async function startRabbitmq(options: RabbitmqOptions = {}): Promise<TestRabbitmq> {
  const directory = await mkdtemp(join(tmpdir(), 'waybill-rabbitmq-'));
  const node = new RabbitmqNode(directory, options, {
    amqp: await freePort(),
    distribution: await freePort(),
    mapper: await freePort(),
  });
  try {
    await node.start();
    return node;
  } catch (error) {
    await node.close();
    throw error;
  }
}

interface Ports {
  readonly amqp: number;
  /** Erlang's own, between nodes and for its tools. */
  readonly distribution: number;
  /** Of epmd. */
  readonly mapper: number;
}

class RabbitmqNode implements TestRabbitmq {
  readonly port: number;
  readonly url: string;
  readonly #directory: string;
  readonly #options: RabbitmqOptions;
  readonly #ports: Ports;
  readonly #name = `waybill-${randomBytes(4).toString('hex')}@localhost`;
  #mapper: ChildProcess | undefined;
  #server: ChildProcess | undefined;

  constructor(directory: string, options: RabbitmqOptions, ports: Ports) {
    this.#directory = directory;
    this.#options = options;
    this.#ports = ports;
    this.port = ports.amqp;
    const password = encodeURIComponent(options.password ?? 'waybill');
    this.url = `amqp://waybill:${password}@127.0.0.1:${String(ports.amqp)}//`;
  }

  async start(): Promise<void> {
    if (this.#server !== undefined) throw new Error('This RabbitMQ runs already.');
    await this.#configure();
    const environment = this.#environment();
    this.#mapper ??= await this.#startMapper(environment);
    const server = endsWithUs(spawn(program, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] }));
    server.once('close', () => {
      if (this.#server === server) this.#server = undefined;
    });
    await untilReady(server);
    this.#server = server;
  }

  async stop(): Promise<void> {
    await end(this.#server, 'SIGTERM');
  }

  async kill(): Promise<void> {
    await end(this.#server, 'SIGKILL');
  }

  async close(): Promise<void> {
    await this.kill();
    await end(this.#mapper, 'SIGKILL');
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #startMapper(env: NodeJS.ProcessEnv): Promise<ChildProcess> {
    const mapper = endsWithUs(
      spawn('epmd', ['-port', String(this.#ports.mapper), '-address', '127.0.0.1'], { env, stdio: 'ignore' }),
    );
    await once(mapper, 'spawn').catch((cause: unknown) => {
      throw new Error(missing, { cause });
    });
    return mapper;
  }

  async #configure(): Promise<void> {
    const { password = 'waybill', consumerTimeoutMs, tls } = this.#options;
    await mkdir(join(this.#directory, 'data'), { recursive: true });
    await writeFile(join(this.#directory, 'enabled_plugins'), '[].\n');
    await writeFile(
      join(this.#directory, 'rabbitmq.conf'),
      [
        `listeners.tcp.1 = 127.0.0.1:${String(this.#ports.amqp)}`,
        'default_user = waybill',
        `default_pass = ${password}`,
        'log.console.level = info',
        'disk_free_limit.absolute = 10MB',
        ...(tls === undefined
          ? []
          : [
              `listeners.ssl.1 = 127.0.0.1:${String(tls.port)}`,
              `ssl_options.cacertfile = ${tls.certFile}`,
              `ssl_options.certfile = ${tls.certFile}`,
              `ssl_options.keyfile = ${tls.keyFile}`,
              'ssl_options.verify = verify_none',
            ]),
        ...(consumerTimeoutMs === undefined ? [] : [`consumer_timeout = ${String(consumerTimeoutMs)}`]),
      ].join('\n'),
    );
    // How often a channel looks for messages that are too long in somebody's hands; a minute otherwise.
    if (consumerTimeoutMs !== undefined) {
      await writeFile(
        join(this.#directory, 'advanced.config'),
        `[{rabbit, [{channel_tick_interval, ${String(Math.ceil(consumerTimeoutMs / 2))}}]}].\n`,
      );
    }
  }

  #environment(): NodeJS.ProcessEnv {
    const directory = this.#directory;
    const { PATH = '' } = process.env;
    return {
      PATH,
      HOME: directory, // for the Erlang cookie
      ERL_EPMD_PORT: String(this.#ports.mapper),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RUNNING_UNDER_SYSTEMD: 'true', // no shell in between: signals reach the node itself
      RABBITMQ_NODENAME: this.#name,
      RABBITMQ_DIST_PORT: String(this.#ports.distribution),
      RABBITMQ_MNESIA_BASE: join(directory, 'data'),
      RABBITMQ_LOGS: '-',
      RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'enabled_plugins'),
      RABBITMQ_CONFIG_FILE: join(directory, 'rabbitmq.conf'),
      RABBITMQ_ADVANCED_CONFIG_FILE: join(directory, 'advanced.config'),
      RABBITMQ_CONF_ENV_FILE: join(directory, 'none'),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1} +S 1:1',
    };
  }
}

const missing = 'These tests need rabbitmq-server. Install it: apt-get install rabbitmq-server';

function endsWithUs(child: ChildProcess): ChildProcess {
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('close', () => {
    process.off('exit', kill);
  });
  return child;
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child?.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill(signal);
  await closed;
}

function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const deadline = setTimeout(() => {
      server.kill('SIGKILL');
      reject(new Error(`RabbitMQ was not ready within ${String(startMsMax)} ms.\n${output}`));
    }, startMsMax);
    const settle = (then: () => void): void => {
      clearTimeout(deadline);
      then();
    };
    const read = (text: string): void => {
      output = (output + text).slice(-20_000);
      if (output.includes('Server startup complete')) settle(resolve);
    };
    server.stdout?.setEncoding('utf8').on('data', read);
    server.stderr?.setEncoding('utf8').on('data', read);
    server.once('error', (cause: NodeJS.ErrnoException) => {
      settle(() => {
        reject(cause.code === 'ENOENT' ? new Error(missing, { cause }) : cause);
      });
    });
    server.once('close', (exitCode) => {
      settle(() => {
        reject(new Error(`RabbitMQ ended while it started, with exit code ${String(exitCode)}.\n${output}`));
      });
    });
  });
}
