import type { EngineName } from '../config/settings.js';
import { systemClock, waitUnless, type Clock } from '../delivery/clock.js';
import { firstOf } from '../delivery/firstOf.js';
import { keepClaim } from '../delivery/keepClaim.js';
import type { Logger } from '../observe/logger.js';
import {
  claimTask,
  type TaskClaim,
  type TaskClaimResult,
  type TaskHolder,
  type TaskTrigger,
} from '../outbox/claimTask.js';
import type { Outbox } from '../outbox/database.js';
import { finishTask } from '../outbox/finishTask.js';
import { renewTask } from '../outbox/renewTask.js';
import { scheduleTask } from '../outbox/scheduleTask.js';
import { messageOf } from '../waybillError.js';
import type { Task, TaskName, TaskRequest, TaskResult } from './engine.js';

export interface TaskRunnerOptions {
  readonly outbox: Outbox;
  /** Unique name of this worker. */
  readonly worker: string;
  /** What starts its tasks. */
  readonly engine: EngineName;
  readonly logger: Logger;
  /** How long the claim of a task outlives a worker that died, in milliseconds. */
  readonly leaseMs: number;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

export type LookResult =
  { readonly ran: true } | ({ readonly ran: false } & Extract<TaskClaimResult, { claimed: false }>);

/** What came of a broker's message. */
export type TriggerResult =
  | { readonly ran: true; readonly result: TaskResult }
  /** It needs no run of its own: one is under way, or a person has paused the task. */
  | { readonly ran: false; readonly because: 'already_running' | 'paused' }
  /** Nobody knows yet: the worker stops. The message is to come back. */
  | { readonly ran: false; readonly because: 'stopped' };

/** Nothing can be told or done right now. Look again a little later. */
const busy = { ran: false, claimed: false, paused: false, dueInMs: 0, holder: undefined } as const;

/** Between two looks at a run of another worker, of which nobody knows whether it lives. */
const holderLookMs = 1_000;

/**
 * Runs tasks for every engine, each one at a time among all workers: whatever starts a task, it claims the same row of
 * table `task` first, renews that claim while it works, and gives it back with how it ended.
 */
export class TaskRunner {
  readonly #options: TaskRunnerOptions;
  readonly #clock: Clock;
  readonly #running = new Set<TaskName>();

  constructor(options: TaskRunnerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Runs the task if it is due, or only if somebody asked for a run. */
  async look(task: Task, trigger: Exclude<TaskTrigger, 'message'>, signal: AbortSignal): Promise<LookResult> {
    if (this.#running.has(task.name)) return busy;
    const claimedAtMs = this.#clock.monotonicMs();
    const claimed = await this.#claim(task, trigger);
    if (!claimed.claimed) return { ran: false, ...claimed };
    await this.#run(task, claimed.claim, claimedAtMs, { signal, ttlMs: claimed.ttlMs });
    return { ran: true };
  }

  /**
   * Runs the task because a message of a broker says so. Where a run is under way already, that one does the work; but one
   * whose worker has died is waited for until its claim expires, and taken over: its message may be this very one.
   */
  async trigger(task: Task, request: TaskRequest): Promise<TriggerResult> {
    let found: TaskHolder | undefined;
    while (!request.signal.aborted) {
      if (this.#running.has(task.name)) return { ran: false, because: 'already_running' };
      const claimedAtMs = this.#clock.monotonicMs();
      const claimed = await this.#claim(task, 'message');
      if (claimed.claimed) {
        const ttlMs = request.ttlMs ?? claimed.ttlMs;
        return {
          ran: true,
          result: await this.#run(task, claimed.claim, claimedAtMs, { ...request, ttlMs }),
        };
      }
      if (claimed.paused) return { ran: false, because: 'paused' };
      if (found !== undefined && claimed.holder !== undefined && livesOn(found, claimed.holder))
        return { ran: false, because: 'already_running' };
      found ??= claimed.holder;
      await waitUnless(request.signal, this.#clock, holderLookMs);
    }
    return { ran: false, because: 'stopped' };
  }

  /** Enters the task again where its row is gone: without it, no worker would ever run the task. */
  async #claim(task: Task, trigger: TaskTrigger): Promise<TaskClaimResult> {
    const { outbox, worker, leaseMs, engine, logger } = this.#options;
    const { name, intervalMs } = task;
    const request = { name, trigger, claimedBy: worker, leaseMs };
    const claimed = await claimTask(outbox, request);
    if (claimed !== undefined) return claimed;
    const nextDueAt = await scheduleTask(outbox, { name, intervalMs, engine });
    logger.warn({ task: name, nextDueAt }, 'the row of a task was gone from table task; it is entered again');
    return (await claimTask(outbox, request)) ?? busy;
  }

  async #run(task: Task, claim: TaskClaim, claimedAtMs: number, request: TaskRequest): Promise<TaskResult> {
    const { outbox, leaseMs, logger } = this.#options;
    const fields = { task: task.name };
    const renew = (): Promise<boolean> => renewTask(outbox, claim, leaseMs);
    const keeper = keepClaim({ renew, leaseMs, claimedAtMs, clock: this.#clock, logger, fields });
    const ended = firstOf(request.signal, keeper.lost);
    let result: TaskResult;
    this.#running.add(task.name);
    try {
      result = await task.run({ ...request, signal: ended.signal });
    } catch (cause) {
      result = { error: messageOf(cause), report: undefined };
      logger.error({ ...fields, err: cause }, `${task.name} failed`);
    } finally {
      this.#running.delete(task.name);
      ended.stop();
      await keeper.stop();
    }
    if (!(await finishTask(outbox, claim, result)))
      logger.warn(fields, 'claim of a task lost; another worker has it, or its row was deleted');
    return result;
  }
}

/** Whether a run is under way for certain: its claim was renewed since it was first seen, or is another one by now. */
function livesOn(first: TaskHolder, now: TaskHolder): boolean {
  return now.epoch !== first.epoch || now.expiresAtMs !== first.expiresAtMs;
}
