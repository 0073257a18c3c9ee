import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import type { Logger } from '../../../src/observe/logger.js';
import type { Outbox } from '../../../src/outbox/database.js';
import type { Task, TaskName, TaskRequest, TaskResult } from '../../../src/tasks/engine.js';
import { BullmqEngine, type BullmqEngineOptions } from '../../../src/tasks/engines/bullmq/bullmqEngine.js';
import { loadBullmq } from '../../../src/tasks/engines/bullmq/loadBullmq.js';
import { TaskRunner } from '../../../src/tasks/taskRunner.js';

/** Lines of a log, as text with all fields. */
export interface RecordedLog {
  readonly logger: Logger;
  readonly lines: string[];
}

export function recordedLog(): RecordedLog {
  const lines: string[] = [];
  const write =
    (level: string) =>
    (fields: object, message: string): void => {
      lines.push(`${level}: ${message} ${JSON.stringify(fields, errorsToo)}`);
    };
  return {
    lines,
    logger: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
  };
}

/** As pino writes errors: with everything that they carry. */
function errorsToo(_key: string, value: unknown): unknown {
  return value instanceof Error
    ? { ...Object.fromEntries(Object.entries(value)), message: value.message, stack: value.stack }
    : value;
}

export interface ObservedTask {
  readonly task: Task;
  readonly requests: TaskRequest[];
  /** Ends the run under way, and all later ones at once when asked to. */
  release(): void;
}

const nothing: TaskResult = { error: undefined, report: undefined };

/** A task that notes its runs. They end at once, or, when held, by release or by their signal. */
export function observedTask(
  name: TaskName,
  intervalMs: number,
  how: { readonly held?: boolean; readonly work?: (request: TaskRequest) => Promise<TaskResult> } = {},
): ObservedTask {
  const requests: TaskRequest[] = [];
  let release: () => void = () => undefined;
  const hold = (signal: AbortSignal): Promise<TaskResult> =>
    new Promise((resolve) => {
      release = () => {
        resolve(nothing);
      };
      signal.addEventListener('abort', release);
    });
  return {
    requests,
    release: () => {
      release();
    },
    task: {
      name,
      intervalMs,
      run(request) {
        requests.push(request);
        if (how.work !== undefined) return how.work(request);
        return how.held === true ? hold(request.signal) : Promise.resolve(nothing);
      },
    },
  };
}

export interface EngineOptions extends Partial<BullmqEngineOptions> {
  readonly outbox: Outbox;
  readonly redisUrl: string;
  readonly queue: string;
  /** Default: one that keeps nothing. */
  readonly log?: RecordedLog;
  readonly worker?: string;
}

/** An engine as the worker opens it. It stops at the end of the test. */
export async function openTestEngine(options: EngineOptions): Promise<BullmqEngine> {
  const { outbox, worker = 'a', log = recordedLog(), claimLeaseMs = 60_000 } = options;
  const { logger } = log;
  const runner = new TaskRunner({ outbox, worker, engine: 'bullmq', logger, leaseMs: claimLeaseMs });
  const engine = new BullmqEngine(
    await loadBullmq(),
    { prefix: 'bull', ...options, claimLeaseMs },
    { outbox, runner, worker, logger },
  );
  onTestFinished(() => engine.stop());
  return engine;
}

/** A queue as an application or a dashboard opens it, with nothing of ours. It closes at the end of the test. */
export function plainQueue(redisUrl: string, name: string): Queue {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  connection.on('error', () => undefined); // a test that stops Redis says so itself
  const queue = new Queue(name, { connection });
  queue.on('error', () => undefined);
  onTestFinished(async () => {
    await queue.close();
    connection.disconnect();
  });
  return queue;
}
