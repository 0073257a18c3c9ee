import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { GivenOptions } from '../../../src/config/options.js';
import type { Intervals } from './engineKind.js';
import { deadlineMs } from './runLedger.js';

export interface EngineWorkerOrder {
  /** Unique among the workers of a test. */
  readonly worker: string;
  readonly given: GivenOptions;
  readonly intervalsMs: Intervals;
  readonly ledgerUrl: string;
}

/** A worker with observed tasks in a process of its own (engineProcess.mjs). */
export interface EngineWorker {
  readonly name: string;
  /** When each task is due next, as its engine told at its start. */
  readonly nextDueAt: Readonly<Record<keyof Intervals, Date>>;
  /** Everything it logged. */
  log(): string;
  /** SIGTERM; its exit code. @throws when it does not end by itself, or ended before */
  stop(): Promise<number | null>;
  /** SIGKILL, and waits until the process is gone. */
  kill(): Promise<void>;
  /** What ended it, if nobody asked it to end. */
  crash(): string | undefined;
}

const script = fileURLToPath(new URL('engineProcess.mjs', import.meta.url));

/**
 * Resolves when its engine has started.
 * @throws when the process ends instead, with its log
 */
export async function startEngineWorker(order: EngineWorkerOrder): Promise<EngineWorker> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [script, JSON.stringify(order)], {
    env: { PATH, HOME },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let log = '';
  let asked = false;
  let crashed: string | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (exitCode, signal) => {
      if (!asked)
        crashed = `Worker ${order.worker} ended by itself: ${signal ?? `exit code ${String(exitCode)}`}.`;
      resolve(exitCode);
    });
  });
  const started = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('\n')) resolve();
    });
  });

  async function kill(): Promise<void> {
    asked = true;
    child.kill('SIGKILL');
    await ended;
  }
  const outcome = await Promise.race([
    within('start', started).then(() => 'started' as const),
    ended.then(() => 'ended' as const),
  ]).catch(async (error: unknown) => {
    await kill();
    throw new Error(`Worker ${order.worker} did not start.\n${log}`, { cause: error });
  });
  if (outcome === 'ended') throw new Error(`Worker ${order.worker} ended at its start.\n${log}`);

  const { scheduled } = JSON.parse(output) as { scheduled: { name: keyof Intervals; nextDueAt: string }[] }; // as engineProcess.mjs writes it
  return {
    name: order.worker,
    nextDueAt: Object.fromEntries(
      scheduled.map(({ name, nextDueAt }) => [name, new Date(nextDueAt)]),
    ) as Record<keyof Intervals, Date>, // an engine tells every task
    log: () => log,
    async stop() {
      if (crashed !== undefined) throw new Error(`${crashed}\n${log}`);
      asked = true;
      child.kill('SIGTERM');
      return within('end', ended).catch(async (error: unknown) => {
        await kill();
        throw new Error(`Worker ${order.worker} did not end after SIGTERM.\n${log}`, { cause: error });
      });
    },
    kill,
    crash: () => crashed,
  };
}

async function within<Value>(what: string, awaited: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`It took longer than ${String(deadlineMs)} ms to ${what}.`));
    }, deadlineMs);
  });
  return Promise.race([awaited, late]).finally(() => {
    clearTimeout(timer);
  });
}
