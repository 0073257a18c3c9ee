import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/observe/logger.js';
import { claimTask } from '../../src/outbox/claimTask.js';
import { finishTask } from '../../src/outbox/finishTask.js';
import { readTasks, type TaskStatus } from '../../src/outbox/readTasks.js';
import { renewTask } from '../../src/outbox/renewTask.js';
import { scheduleTask } from '../../src/outbox/scheduleTask.js';
import type { Task } from '../../src/tasks/engine.js';
import { PostgresEngine } from '../../src/tasks/postgresEngine.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { waitUntil } from '../support/waitUntil.js';

let databases: TestDatabases;
beforeEach(async () => {
  databases = await createDatabases();
});
afterEach(async () => {
  await databases.drop();
});

const name = 'process_events';
const leaseMs = 60_000;

async function shiftClock(minutes: number): Promise<void> {
  const shift = `${String(-minutes)} minutes`;
  await databases.outbox.pool.query(
    `UPDATE waybill.task SET next_due_at = next_due_at + $1::interval, claim_expires_at = claim_expires_at + $1::interval`,
    [shift],
  );
}

async function task(): Promise<TaskStatus> {
  const [found] = await readTasks(databases.outbox);
  if (found === undefined) throw new Error('There is no task.');
  return found;
}

async function minutesUntilDue(): Promise<number> {
  const result = await claimTask(databases.outbox, { name, claimedBy: 'nobody', leaseMs: 0 });
  if (result.claimed) throw new Error('The task was due.');
  return result.dueInMs / 60_000;
}

describe('the clock of the tasks', () => {
  it('makes a new task due at once, and then after its interval', async () => {
    await scheduleTask(databases.outbox, name, 10 * 60_000);
    const first = await claimTask(databases.outbox, { name, claimedBy: 'a', leaseMs });
    expect(first).toEqual({ claimed: true, claim: { name, epoch: 1 } });
    if (first.claimed) await finishTask(databases.outbox, first.claim, undefined);
    expect(await minutesUntilDue()).toBeGreaterThan(9);
    await shiftClock(10);
    expect(await claimTask(databases.outbox, { name, claimedBy: 'a', leaseMs })).toMatchObject({
      claimed: true,
    });
  });

  it('has one winner among many that ask at the same time', async () => {
    await scheduleTask(databases.outbox, name, 60_000);
    const workers = Array.from({ length: 20 }, (_, index) => `worker ${String(index)}`);
    const results = await Promise.all(
      workers.map((claimedBy) => claimTask(databases.outbox, { name, claimedBy, leaseMs })),
    );
    expect(results.filter((result) => result.claimed)).toHaveLength(1);
  });

  it('catches up missed times with one run and keeps its phase', async () => {
    await scheduleTask(databases.outbox, name, 7 * 60_000);
    const due = (await task()).nextDueAt.getTime();
    await shiftClock(7 * 100 + 3); // a hundred times missed, and three minutes of the next
    const result = await claimTask(databases.outbox, { name, claimedBy: 'a', leaseMs });
    if (!result.claimed) throw new Error('The task was not due.');
    await finishTask(databases.outbox, result.claim, undefined);
    expect(await minutesUntilDue()).toBeGreaterThan(3);
    const minutesFromFirst = ((await task()).nextDueAt.getTime() - due) / 60_000;
    expect((minutesFromFirst + 7 * 100 + 3) % 7).toBeCloseTo(0, 6);
  });

  it('does not give a task to a second worker while the first runs it, even when it is due again', async () => {
    await scheduleTask(databases.outbox, name, 1_000);
    await claimTask(databases.outbox, { name, claimedBy: 'a', leaseMs });
    await databases.outbox.pool.query(`UPDATE waybill.task SET next_due_at = '2000-01-01'`);
    expect(await claimTask(databases.outbox, { name, claimedBy: 'b', leaseMs })).toEqual({
      claimed: false,
      dueInMs: 0,
    });
  });

  it('gives the task of a worker that died to the next one, whose claim the late one cannot touch', async () => {
    await scheduleTask(databases.outbox, name, 600_000);
    const dead = await claimTask(databases.outbox, { name, claimedBy: 'a', leaseMs });
    await shiftClock(2);
    const heir = await claimTask(databases.outbox, { name, claimedBy: 'b', leaseMs });
    if (!dead.claimed || !heir.claimed) throw new Error('Both claims should have succeeded.');
    expect(heir.claim.epoch).toBe(dead.claim.epoch + 1);
    expect(await renewTask(databases.outbox, dead.claim, leaseMs)).toBe(false);
    expect(await finishTask(databases.outbox, dead.claim, undefined)).toBe(false);
    expect((await task()).claimedBy).toBe('b');
    expect(await finishTask(databases.outbox, heir.claim, 'as it was')).toBe(true);
    expect(await task()).toMatchObject({ claimedBy: undefined, lastError: 'as it was' });
  });

  it('takes up a changed interval from the last due time', async () => {
    await scheduleTask(databases.outbox, name, 600_000);
    const result = await claimTask(databases.outbox, { name, claimedBy: 'a', leaseMs });
    if (result.claimed) await finishTask(databases.outbox, result.claim, undefined);
    const before = await task();
    await scheduleTask(databases.outbox, name, 60_000);
    const after = await task();
    expect(after.intervalMs).toBe(60_000);
    expect(before.nextDueAt.getTime() - after.nextDueAt.getTime()).toBe(540_000);
  });
});

describe('the postgres engine', () => {
  /** A task that notes when it runs and lasts until it is let go. */
  function observedTask(intervalMs: number): {
    task: Task;
    runs: AbortSignal[];
    overlapped: () => boolean;
    release: () => void;
  } {
    const runs: AbortSignal[] = [];
    let running = 0;
    let overlapped = false;
    let release: () => void = () => undefined;
    return {
      runs,
      overlapped: () => overlapped,
      release: () => {
        release();
      },
      task: {
        name,
        intervalMs,
        run: async (signal) => {
          runs.push(signal);
          running += 1;
          overlapped ||= running > 1;
          await new Promise<void>((resolve) => {
            release = resolve;
            signal.addEventListener('abort', () => {
              resolve();
            });
          });
          running -= 1;
          return { error: undefined };
        },
      },
    };
  }

  function engine(worker: string, lease = leaseMs): PostgresEngine {
    return new PostgresEngine({ outbox: databases.outbox, worker, logger: silentLogger, leaseMs: lease });
  }

  it('runs a task in one of two workers at a time, again and again', async () => {
    const observed = observedTask(50);
    const engines = [engine('a'), engine('b')];
    await Promise.all(engines.map((each) => each.start([observed.task])));
    for (let run = 1; run <= 5; run += 1) {
      await waitUntil(`run ${String(run)}`, () => observed.runs.length >= run);
      observed.release();
    }
    await Promise.all(engines.map((each) => each.stop()));
    expect(observed.overlapped()).toBe(false);
  });

  it('asks a running task to end when it is stopped, waits for it and leaves no claim', async () => {
    const observed = observedTask(600_000);
    const only = engine('a');
    await only.start([observed.task]);
    await waitUntil('the task runs', () => observed.runs.length === 1);
    expect((await task()).claimedBy).toBe('a');
    await only.stop();
    await only.stop();
    expect(observed.runs[0]?.aborted).toBe(true);
    expect((await task()).claimedBy).toBeUndefined();
  });

  it('keeps what a failing task threw as its last error and runs it again when it is due', async () => {
    let runs = 0;
    const only = engine('a');
    await only.start([
      {
        name,
        intervalMs: 20,
        run: () => {
          runs += 1;
          return Promise.reject(new Error('out of paper'));
        },
      },
    ]);
    await waitUntil('it has run three times', () => runs >= 3);
    await only.stop();
    expect((await task()).lastError).toBe('out of paper');
  });

  it('ends the run of a worker whose claim was taken', async () => {
    const observed = observedTask(600_000);
    const late = engine('late', 300);
    await late.start([observed.task]);
    await waitUntil('the task runs', () => observed.runs.length === 1);
    await databases.outbox.pool.query(
      `UPDATE waybill.task SET claim_epoch = claim_epoch + 1, claimed_by = 'other'`,
    );
    await waitUntil('the late run is asked to end', () => observed.runs[0]?.aborted === true);
    await late.stop();
    expect((await task()).claimedBy).toBe('other');
  });
});
