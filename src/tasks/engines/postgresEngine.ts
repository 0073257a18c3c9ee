import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../delivery/clock.js';
import { firstOf } from '../delivery/firstOf.js';
import { keepClaim } from '../delivery/keepClaim.js';
import type { Logger } from '../observe/logger.js';
import { claimTask, type TaskClaim } from '../outbox/claimTask.js';
import type { Outbox } from '../outbox/database.js';
import { finishTask } from '../outbox/finishTask.js';
import { renewTask } from '../outbox/renewTask.js';
import { scheduleTask } from '../outbox/scheduleTask.js';
import { messageOf, WaybillError } from '../waybillError.js';
import type { Task, TaskEngine } from './engine.js';

export interface PostgresEngineOptions {
  readonly outbox: Outbox;
  /** Unique name of this worker. */
  readonly worker: string;
  readonly logger: Logger;
  /** How long the claim of a task outlives a worker that died, in milliseconds. */
  readonly leaseMs: number;
}

/** Longest time between two looks at the clock: how late a changed interval, or a task that its worker left, is noticed. */
const lookMsMax = 5_000;
/** Shortest time: timers may fire a little early. */
const lookMsMin = 50;
/** Between two looks at a task that is due, but that another worker runs. */
const busyLookMs = 1_000;
/** After an error, most likely of Postgres. */
const errorPauseMs = 5_000;

/**
 * Runs tasks by a clock in Postgres and needs nothing else: a row a task with its next due time. Any number of
 * processes ask; one UPDATE picks the one that runs it. A time missed is caught up once; a task whose worker died is
 * taken over when its claim expires. Times are those of Postgres: the clocks of the workers do not matter.
 */
export class PostgresEngine implements TaskEngine {
  readonly #options: PostgresEngineOptions;
  readonly #stopping = new AbortController();
  #loops: Promise<void>[] = [];

  constructor(options: PostgresEngineOptions) {
    this.#options = options;
  }

  async start(tasks: readonly Task[]): Promise<void> {
    if (this.#loops.length > 0)
      throw new WaybillError('ALREADY_STARTED', 'The engine has been started already.');
    for (const task of tasks) await scheduleTask(this.#options.outbox, task.name, task.intervalMs);
    this.#loops = tasks.map((task) => this.#loop(task));
  }

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

  /** Runs the task if it is due. Returns how long to wait before looking again, in milliseconds. */
  async #look(task: Task): Promise<number> {
    const { outbox, worker, leaseMs } = this.#options;
    const claimedAtMs = systemClock.monotonicMs();
    const result = await claimTask(outbox, { name: task.name, claimedBy: worker, leaseMs });
    if (!result.claimed) {
      return result.dueInMs === 0 ? busyLookMs : Math.min(Math.max(result.dueInMs, lookMsMin), lookMsMax);
    }
    await this.#run(task, result.claim, claimedAtMs);
    return 0;
  }

  async #run(task: Task, claim: TaskClaim, claimedAtMs: number): Promise<void> {
    const { outbox, leaseMs, logger } = this.#options;
    const fields = { task: task.name };
    const renew = (): Promise<boolean> => renewTask(outbox, claim, leaseMs);
    const keeper = keepClaim({ renew, leaseMs, claimedAtMs, clock: systemClock, logger, fields });
    const ended = firstOf(this.#stopping.signal, keeper.lost);
    let error: string | undefined;
    try {
      ({ error } = await task.run(ended.signal));
    } catch (cause) {
      error = messageOf(cause);
      logger.error({ ...fields, err: cause }, `${task.name} failed`);
    } finally {
      ended.stop();
      await keeper.stop();
    }
    if (!(await finishTask(outbox, claim, error)))
      logger.warn(fields, 'claim of a task lost; another worker has it');
  }
}
