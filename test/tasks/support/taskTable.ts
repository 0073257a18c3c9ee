import type { EngineName } from '../../../src/config/settings.js';
import {
  claimTask,
  type TaskClaim,
  type TaskClaimResult,
  type TaskTrigger,
} from '../../../src/outbox/claimTask.js';
import { finishTask, type TaskEnd } from '../../../src/outbox/finishTask.js';
import { readTasks, type TaskStatus } from '../../../src/outbox/readTasks.js';
import { scheduleTask } from '../../../src/outbox/scheduleTask.js';
import type { TestDatabases } from '../../support/databases.js';

/** The task of the tests. */
export const name = 'process_events';
export const minute = 60_000;
/** Long enough that no claim expires by itself in a test. */
export const leaseMs = minute;

/** Table `task` of one test's databases, with one task in it. */
export interface TaskTable {
  schedule(intervalMs: number, engine?: EngineName): Promise<Date>;
  /** Asks for the task. @throws when it is not entered */
  ask(trigger?: TaskTrigger, claimedBy?: string): Promise<TaskClaimResult>;
  /** Claims the task. @throws when it is not to be had */
  claim(trigger?: TaskTrigger, claimedBy?: string): Promise<TaskClaim>;
  finish(claim: TaskClaim, end?: TaskEnd): Promise<boolean>;
  status(): Promise<TaskStatus>;
  /** @throws when the task is due */
  minutesUntilDue(): Promise<number>;
  /** What happens when Postgres's clock is set forward by so many minutes, or back where they are negative. */
  setClockForward(minutes: number): Promise<void>;
}

export function taskTable({ outbox, pool }: Pick<TestDatabases, 'outbox' | 'pool'>): TaskTable {
  async function ask(trigger: TaskTrigger = 'clock', claimedBy = 'a'): Promise<TaskClaimResult> {
    const result = await claimTask(outbox, { name, trigger, claimedBy, leaseMs });
    if (result === undefined) throw new Error('The task is not entered.');
    return result;
  }
  return {
    ask,
    schedule: (intervalMs, engine = 'postgres') => scheduleTask(outbox, { name, intervalMs, engine }),
    async claim(trigger, claimedBy) {
      const result = await ask(trigger, claimedBy);
      if (!result.claimed) throw new Error('The task was not to be had.');
      return result.claim;
    },
    finish: (claim, end = { error: undefined, report: undefined }) => finishTask(outbox, claim, end),
    async status() {
      const [found] = await readTasks(outbox);
      if (found === undefined) throw new Error('There is no task.');
      return found;
    },
    async minutesUntilDue() {
      const result = await ask('clock', 'nobody');
      if (result.claimed) throw new Error('The task was due.');
      return result.dueInMs / minute;
    },
    async setClockForward(minutes) {
      const columns = [
        'next_due_at',
        'claim_expires_at',
        'last_started_at',
        'last_finished_at',
        'run_requested_at',
      ];
      await pool.query(
        `UPDATE waybill.task SET ${columns.map((column) => `${column} = ${column} - $1::interval`).join(', ')}`,
        [`${String(minutes)} minutes`],
      );
    },
  };
}
