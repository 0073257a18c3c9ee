import { onTestFinished } from 'vitest';
import { resolveOptions, type GivenOptions } from '../../../src/config/options.js';
import type { Logger } from '../../../src/observe/logger.js';
import { openCeleryEngine } from '../../../src/tasks/engines/celery/openCeleryEngine.js';
import type { Task, TaskEngine, TaskName, TaskRequest, TaskResult } from '../../../src/tasks/engine.js';
import { TaskRunner } from '../../../src/tasks/taskRunner.js';
import type { TestDatabases } from '../../support/databases.js';

/** The celery engine in this process, with tasks that a test holds and lets go. */
export interface CeleryScene {
  readonly engine: TaskEngine;
  readonly lines: LogLine[];
  readonly runs: ControlledRun[];
  /** Runs end at once from now on, with this result. */
  let(result?: TaskResult | Error): void;
  start(): Promise<void>;
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export interface ControlledRun {
  readonly task: TaskName;
  readonly request: TaskRequest;
  ended: boolean;
  end(result: TaskResult | Error): void;
}

export const nothingDone: TaskResult = { error: undefined, report: undefined };

export interface CelerySceneOptions {
  readonly databases: TestDatabases;
  readonly given: GivenOptions;
  readonly worker?: string;
  readonly leaseMs?: number;
}

/** Opens an engine; it is stopped at the end of the test. */
export async function openCeleryScene(options: CelerySceneOptions): Promise<CeleryScene> {
  const { databases, given, worker = 'worker', leaseMs = 60_000 } = options;
  const lines: LogLine[] = [];
  const runs: ControlledRun[] = [];
  let free: TaskResult | Error | undefined;
  const logger = recordingLogger(lines);
  const { outbox } = databases;
  const { options: resolved } = resolveOptions({
    given: { ...databases.given, taskEngine: 'celery', ...given },
    environment: {},
    envFile: null,
  });
  const runner = new TaskRunner({ outbox, worker, engine: 'celery', logger, leaseMs });
  const engine = await openCeleryEngine(resolved, { outbox, runner, worker, logger });
  onTestFinished(() => engine.stop());

  function run(task: TaskName, request: TaskRequest): Promise<TaskResult> {
    return new Promise((resolve, reject) => {
      const controlled: ControlledRun = {
        task,
        request,
        ended: false,
        end(result) {
          controlled.ended = true;
          if (result instanceof Error) reject(result);
          else resolve(result);
        },
      };
      runs.push(controlled);
      request.signal.addEventListener('abort', () => {
        controlled.end(nothingDone);
      });
      if (free !== undefined) controlled.end(free);
    });
  }
  const tasks: Task[] = (['process_events', 'clean_events_outbox'] as const).map((name) => ({
    name,
    intervalMs: 600_000,
    run: (request) => run(name, request),
  }));
  return {
    engine,
    lines,
    runs,
    let(result = nothingDone) {
      free = result;
      for (const each of runs) each.end(result);
    },
    async start() {
      await engine.start(tasks);
    },
  };
}

function recordingLogger(lines: LogLine[]): Logger {
  const at =
    (level: LogLine['level']) =>
    (fields: object, message: string): void => {
      lines.push({ level, fields: { ...fields }, message });
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
