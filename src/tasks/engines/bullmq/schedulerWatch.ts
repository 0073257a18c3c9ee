import type { Queue } from 'bullmq';
import { systemClock, waitUnless } from '../../../delivery/clock.js';
import type { Logger } from '../../../observe/logger.js';
import type { Outbox } from '../../../outbox/database.js';
import { readTasks } from '../../../outbox/readTasks.js';
import type { ScheduledTask, Task, TaskName } from '../../engine.js';
import { judgeScheduler, type SchedulerFacts, type SchedulerFault } from './judgeScheduler.js';
import type { OutageLog } from './outageLog.js';
import { planEntry, type DueTime } from './planEntry.js';
import { readScheduler, renewScheduler, restartScheduler, startScheduler } from './schedulers.js';

export interface WatchTimes {
  /** Between two looks, in milliseconds. */
  readonly lookMs: number;
  /** How late a job may be taken before its scheduler counts as stopped, in milliseconds. */
  readonly graceMs: number;
}

const lookMsMax = 30_000;
const lookMsMin = 1_000;
const graceMs = 60_000;

/** Looks as often as the shortest interval has it, every 30 seconds at least. */
export function watchTimes(tasks: readonly Task[]): WatchTimes {
  const shortestMs = Math.min(...tasks.map(({ intervalMs }) => intervalMs));
  return { lookMs: Math.min(Math.max(shortestMs, lookMsMin), lookMsMax), graceMs };
}

export interface SchedulerWatchOptions {
  readonly queue: Queue;
  readonly tasks: readonly Task[];
  readonly outbox: Outbox;
  readonly times: WatchTimes;
  readonly logger: Logger;
  readonly outages: OutageLog;
}

const found: Readonly<Record<SchedulerFault, string>> = {
  removed: 'it was not in Redis any more',
  job_lost: 'the job of its next time was gone',
  job_finished: 'the job of its last time was over and no next one had been made',
  overdue: 'nobody took its job, whose time had passed',
  astray: 'its next time was further away than its interval',
};

/**
 * Enters the job schedulers, and looks again and again whether they still work. BullMQ makes the next job of a scheduler
 * when the last one starts, and from nothing else: a scheduler whose job is lost, by whatever cause, stays silent for ever.
 * Any number of workers may watch at the same time.
 */
export class SchedulerWatch {
  readonly #options: SchedulerWatchOptions;

  constructor(options: SchedulerWatchOptions) {
    this.#options = options;
  }

  /**
   * Enters the schedulers at the start of a worker: those that are new or have another interval from the due time of
   * table `task` on, the others as they are. Mends those that have stopped. Says when each is due next.
   */
  async enter(): Promise<readonly ScheduledTask[]> {
    const scheduled: ScheduledTask[] = [];
    for (const { name, intervalMs } of this.#options.tasks)
      scheduled.push({ name, intervalMs, nextDueAt: await this.#enter(name, intervalMs) });
    return scheduled;
  }

  async #enter(name: TaskName, intervalMs: number): Promise<Date> {
    const { queue } = this.#options;
    const facts = await readScheduler(queue, name);
    if (facts !== undefined && facts.scheduler?.everyMs !== intervalMs) {
      const due = await this.#dueTime(name);
      const start = facts.scheduler === undefined ? startScheduler : restartScheduler;
      return this.#start(name, { ...due, intervalMs }, start);
    }
    const mended = facts && (await this.#mend(name, intervalMs, facts));
    return mended ?? renewScheduler(queue, name, intervalMs);
  }

  /** Looks at every scheduler until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    const { times, outages } = this.#options;
    const isStopping = (): boolean => signal.aborted;
    while (!isStopping()) {
      await waitUnless(signal, systemClock, times.lookMs);
      if (isStopping()) return;
      await this.look().catch((error: unknown) => {
        if (!isStopping()) outages.told(error, 'the job schedulers could not be looked at; trying again');
      });
    }
  }

  /** Looks at every scheduler once, and mends those that have stopped. */
  async look(): Promise<void> {
    for (const { name, intervalMs } of this.#options.tasks) {
      const facts = await readScheduler(this.#options.queue, name);
      if (facts !== undefined) await this.#mend(name, intervalMs, facts);
    }
  }

  /** Mends a scheduler if it has stopped, and returns when it is due then. */
  async #mend(name: TaskName, intervalMs: number, facts: SchedulerFacts): Promise<Date | undefined> {
    const { queue, times, logger } = this.#options;
    const fault = judgeScheduler(facts, Date.now(), times.graceMs);
    if (fault === undefined) return undefined;
    const nextDueAt = await this.#restart(name, intervalMs, facts, fault);
    logger.warn(
      { task: name, queue: queue.name, fault, nextDueAt },
      `a job scheduler had stopped: ${found[fault]}. It was entered again`,
    );
    return nextDueAt;
  }

  async #restart(
    name: TaskName,
    intervalMs: number,
    { scheduler }: SchedulerFacts,
    fault: SchedulerFault,
  ): Promise<Date> {
    const due = await this.#dueTime(name);
    if (scheduler === undefined) return this.#start(name, { ...due, intervalMs }, startScheduler);
    const { everyMs, nextMs } = scheduler;
    if (fault === 'overdue') return renewScheduler(this.#options.queue, name, everyMs);
    if (fault === 'astray') {
      const dueMs = Math.min(due.dueMs, Date.now() + everyMs);
      return this.#start(name, { ...due, dueMs, intervalMs: everyMs }, restartScheduler);
    }
    // Its own time is exact; that of the table begins with the last run, which is a little late.
    const dueMs = fault === 'job_finished' ? nextMs + everyMs : nextMs;
    return this.#start(name, { ...due, dueMs, intervalMs: everyMs }, restartScheduler);
  }

  async #start(name: TaskName, due: DueTime, start: typeof startScheduler): Promise<Date> {
    const entry = planEntry(due, Date.now());
    await start(this.#options.queue, name, due.intervalMs, entry);
    return new Date(entry.dueNowMs ?? entry.startMs);
  }

  async #dueTime(name: TaskName): Promise<Omit<DueTime, 'intervalMs'>> {
    const status = (await readTasks(this.#options.outbox)).find((task) => task.name === name);
    return {
      dueMs: status?.nextDueAt.getTime() ?? Date.now(),
      lastStartedMs: status?.lastStartedAt?.getTime(),
    };
  }
}
