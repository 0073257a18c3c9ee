import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A process of its own, so that its CPU and memory can be told from everybody else's. */
export interface BenchProcess<Order, Result> {
  readonly pid: number;
  /** Has it do something, and resolves with what came of it. One order at a time. */
  ask(order: Order): Promise<Result>;
  /** Lets it close what it has opened, and waits for its end; ends it by force after ten seconds. */
  stop(): Promise<void>;
  /** SIGKILL, and waits until it is gone. An order under way fails. */
  kill(): Promise<void>;
}

/** What a module that runs in such a process exports as `serve`. */
export type Serve<Setup, Order, Result> = (setup: Setup) => Promise<{
  handle(order: Order): Promise<Result>;
  close(): Promise<void>;
}>;

export type ParentMessage =
  | { readonly kind: 'setup'; readonly module: string; readonly setup: unknown }
  | { readonly kind: 'order'; readonly order: unknown }
  | { readonly kind: 'close' };

export type ChildMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly text: string };

/** Those that run now. */
const running = new Set<ChildProcess>();

/** Ends all processes at once, by force: for when the benchmark itself is interrupted. */
export function killBenchProcesses(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** How long a process may take to close what it has opened. */
const closingMsMax = 10_000;

/**
 * Starts a process that serves orders by the module's `serve(setup)`, and resolves when it is ready. What passes between
 * the two must be JSON.
 * @throws what the process said it failed for, or that it ended
 */
export async function startBenchProcess<Order, Result>(
  module: URL,
  setup: unknown,
): Promise<BenchProcess<Order, Result>> {
  const child = fork(new URL('./serveOrders.js', import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const { pid } = child;
  if (pid === undefined) throw new Error('A process could not be started.');
  try {
    await exchange(child, { kind: 'setup', module: module.href, setup });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    pid,
    ask: async (order) => (await exchange(child, { kind: 'order', order })) as Result, // what the module returned, as JSON
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.send({ kind: 'close' } satisfies ParentMessage);
      let failure: Error | undefined;
      child.on('message', (answer: ChildMessage) => {
        if (answer.kind !== 'failed') return;
        failure = new Error(answer.text);
        child.kill('SIGKILL');
      });
      const timer = setTimeout(() => child.kill('SIGKILL'), closingMsMax);
      await exited;
      clearTimeout(timer);
      if (failure !== undefined) throw failure;
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Sends a message and resolves with the answer to it. */
function exchange(child: ChildProcess, message: ParentMessage): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onMessage = (answer: ChildMessage): void => {
      settle();
      if (answer.kind === 'failed') reject(new Error(answer.text));
      else resolve(answer.kind === 'result' ? answer.result : undefined);
    };
    const onExit = (code: number | null, signal: string | null): void => {
      settle();
      reject(new Error(`A process of the benchmark ended early (${String(code ?? signal)}).`));
    };
    const settle = (): void => {
      child.off('message', onMessage);
      child.off('exit', onExit);
    };
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.send(message);
  });
}
