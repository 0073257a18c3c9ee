import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { DemoError } from '../demoError.js';

export interface ChildOptions {
  /** What people call it. */
  readonly name: string;
  /** Its main module. */
  readonly module: URL;
  readonly environment: Readonly<Record<string, string>>;
  /** Told each line that it writes. */
  readonly onLine: (line: string) => void;
}

export interface RunningChild {
  /** What the child said when it was ready. */
  readonly url: string | undefined;
  /** Rejects when the child ends without having been told to. */
  readonly unexpectedEnd: Promise<never>;
  /** Asks the child to stop, and ends it if it does not. May be called more than once. */
  stop(): Promise<void>;
}

const readyLimitMs = 30_000;
const stopLimitMs = 20_000;
const readyMessage = z.object({ ready: z.literal(true), url: z.string().optional() });

/**
 * Starts a process and waits until it says that it is ready (see `runAsChild`). It is connected by a channel whose end
 * tells it that this process is gone, so that it never outlives it, however this one ends.
 */
export async function startChild(options: ChildOptions): Promise<RunningChild> {
  const { name, module, environment, onLine } = options;
  const child = fork(fileURLToPath(module), [], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own: Ctrl-C on the terminal reaches this process alone, which then stops all in order.
    detached: true,
  });
  forwardLines(child, onLine);
  const ended = once(child, 'exit').then(() => undefined);
  let isStopping = false;
  let stopped: Promise<void> | undefined;

  async function stop(): Promise<void> {
    isStopping = true;
    child.kill('SIGTERM');
    const limit = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
    await ended;
    clearTimeout(limit);
  }

  const unexpectedEnd = new Promise<never>((_resolve, reject) => {
    child.once('exit', (exitCode, signal) => {
      if (!isStopping) reject(new DemoError(`The ${name} ended by itself (${signal ?? String(exitCode)}).`));
    });
  });
  unexpectedEnd.catch(() => undefined); // whoever waits for it hears of it

  try {
    const url = await Promise.race([whenReady(child, name), unexpectedEnd]);
    return { url, unexpectedEnd, stop: () => (stopped ??= stop()) };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function whenReady(child: ChildProcess, name: string): Promise<string | undefined> {
  const signal = AbortSignal.timeout(readyLimitMs);
  const [message] = (await once(child, 'message', { signal }).catch((error: unknown) => {
    throw new DemoError(`The ${name} was not ready within ${String(readyLimitMs / 1_000)} s.`, {
      cause: error,
    });
  })) as [unknown];
  return readyMessage.parse(message).url;
}

function forwardLines(child: ChildProcess, onLine: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    let partial = '';
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (partial + text).split('\n');
      partial = (lines.pop() ?? '').slice(-4_096); // bounded, should a line never end
      lines.forEach(onLine);
    });
  }
}
