import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '../observe/logger.js';
import type { TaskTrigger } from '../outbox/claimTask.js';
import type { Task } from './engine.js';
import type { TaskRunner } from './taskRunner.js';

/** Longest time between two looks: how late a run asked for, a changed interval or a task that its worker left is noticed. */
const lookMsMax = 2_000;
/** Shortest time: timers may fire a little early. */
const lookMsMin = 50;
/** Between two looks at a task that is due, but that another worker runs. */
const busyLookMs = 1_000;
/** After an error, most likely of Postgres. */
const errorPauseMs = 5_000;

export interface TaskLoopsOptions {
  readonly runner: TaskRunner;
  /** What to look for: the due times, or only runs that somebody asked for. */
  readonly trigger: Exclude<TaskTrigger, 'message'>;
  readonly logger: Logger;
}

/** Looks at table `task` again and again, in a loop for each task, and runs what is to run. */
export class TaskLoops {
  readonly #options: TaskLoopsOptions;
  readonly #stopping = new AbortController();
  #loops: Promise<void>[] = [];

  constructor(options: TaskLoopsOptions) {
    this.#options = options;
  }

  start(tasks: readonly Task[]): void {
    this.#loops = tasks.map((task) => this.#loop(task));
  }

  /** Asks what is under way to stop and waits for it. May be called twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#loops);
  }

  async #loop(task: Task): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const pauseMs = await this.#look(task).catch((error: unknown) => {
        this.#options.logger.error(
          { task: task.name, err: error },
          'the task could not be run; trying again',
        );
        return errorPauseMs;
      });
      await wait(pauseMs, undefined, { signal }).catch(() => undefined); // stopped: the loop ends
    }
  }

  /** Runs the task if it is to run. Returns how long to wait before looking again, in milliseconds. */
  async #look(task: Task): Promise<number> {
    const { runner, trigger } = this.#options;
    const looked = await runner.look(task, trigger, this.#stopping.signal);
    if (looked.ran) return 0;
    if (trigger === 'request' || looked.paused) return lookMsMax;
    if (looked.dueInMs === 0) return busyLookMs;
    return Math.min(Math.max(looked.dueInMs, lookMsMin), lookMsMax);
  }
}
