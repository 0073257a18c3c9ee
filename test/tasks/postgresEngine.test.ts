import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/observe/logger.js';
import { claimTask, type TaskClaim, type TaskTrigger } from '../../src/outbox/claimTask.js';
import { finishTask } from '../../src/outbox/finishTask.js';
import { pauseTask } from '../../src/outbox/pauseTask.js';
import { readOperatorActions } from '../../src/outbox/readOperatorActions.js';
import { readTasks, type TaskStatus } from '../../src/outbox/readTasks.js';
import { renewTask } from '../../src/outbox/renewTask.js';
import { requestTaskRun } from '../../src/outbox/requestTaskRun.js';
import { resumeTask } from '../../src/outbox/resumeTask.js';
import { scheduleTask } from '../../src/outbox/scheduleTask.js';
import type { Task } from '../../src/tasks/engine.js';
import { PostgresEngine } from '../../src/tasks/engines/postgresEngine.js';
import { TaskRunner } from '../../src/tasks/taskRunner.js';
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
  const result = await claimTask(databases.outbox, {
    name,
    trigger: 'clock',
    claimedBy: 'nobody',
    leaseMs: 0,
  });
  if (result.claimed) throw new Error('The task was due.');
  return result.dueInMs / 60_000;
}

describe('the clock of the tasks', () => {
  it('makes a new task due at once, and then after its interval', async () => {
    await scheduleTask(databases.outbox, { name, intervalMs: 10 * 60_000, engine: 'postgres' });
    const first = await claimTask(databases.outbox, { name, trigger: 'clock', claimedBy: 'a', leaseMs });
    expect(first).toEqual({ claimed: true, claim: { name, epoch: 1 } });
    if (first.claimed)
      await finishTask(databases.outbox, first.claim, { error: undefined, report: undefined });
    expect(await minutesUntilDue()).toBeGreaterThan(9);
    await shiftClock(10);
    expect(
      await claimTask(databases.outbox, { name, trigger: 'clock', claimedBy: 'a', leaseMs }),
    ).toMatchObject({
      claimed: true,
    });
  });

  it('has one winner among many that ask at the same time', async () => {
    await scheduleTask(databases.outbox, { name, intervalMs: 60_000, engine: 'postgres' });
    const workers = Array.from({ length: 20 }, (_, index) => `worker ${String(index)}`);
    const results = await Promise.all(
      workers.map((claimedBy) => claimTask(databases.outbox, { name, trigger: 'clock', claimedBy, leaseMs })),
    );
    expect(results.filter((result) => result.claimed)).toHaveLength(1);
  });

  it('catches up missed times with one run and keeps its phase', async () => {
    await scheduleTask(databases.outbox, { name, intervalMs: 7 * 60_000, engine: 'postgres' });
    const due = (await task()).nextDueAt.getTime();
    await shiftClock(7 * 100 + 3); // a hundred times missed, and three minutes of the next
    const result = await claimTask(databases.outbox, { name, trigger: 'clock', claimedBy: 'a', leaseMs });
    if (!result.claimed) throw new Error('The task was not due.');
    await finishTask(databases.outbox, result.claim, { error: undefined, report: undefined });
    expect(await minutesUntilDue()).toBeGreaterThan(3);
    const minutesFromFirst = ((await task()).nextDueAt.getTime() - due) / 60_000;
    expect((minutesFromFirst + 7 * 100 + 3) % 7).toBeCloseTo(0, 6);
  });

  it('does not give a task to a second worker while the first runs it, even when it is due again', async () => {
    await scheduleTask(databases.outbox, { name, intervalMs: 1_000, engine: 'postgres' });
    await claimTask(databases.outbox, { name, trigger: 'clock', claimedBy: 'a', leaseMs });
    await databases.outbox.pool.query(`UPDATE waybill.task SET next_due_at = '2000-01-01'`);
    expect(
      await claimTask(databases.outbox, { name, trigger: 'clock', claimedBy: 'b', leaseMs }),
    ).toMatchObject({
      claimed: false,
      dueInMs: 0,
    });
  });

  it('gives the task of a worker that died to the next one, whose claim the late one cannot touch', async () => {
    await scheduleTask(databases.outbox, { name, intervalMs: 600_000, engine: 'postgres' });
    const dead = await claimTask(databases.outbox, { name, trigger: 'clock', claimedBy: 'a', leaseMs });
    await shiftClock(2);
    const heir = await claimTask(databases.outbox, { name, trigger: 'clock', claimedBy: 'b', leaseMs });
    if (!dead.claimed || !heir.claimed) throw new Error('Both claims should have succeeded.');
    expect(heir.claim.epoch).toBe(dead.claim.epoch + 1);
    expect(await renewTask(databases.outbox, dead.claim, leaseMs)).toBe(false);
    expect(await finishTask(databases.outbox, dead.claim, { error: undefined, report: undefined })).toBe(
      false,
    );
    expect((await task()).claimedBy).toBe('b');
    expect(await finishTask(databases.outbox, heir.claim, { error: 'as it was', report: undefined })).toBe(
      true,
    );
    expect(await task()).toMatchObject({ claimedBy: undefined, lastError: 'as it was' });
  });

  it('takes up a changed interval from the last due time', async () => {
    await scheduleTask(databases.outbox, { name, intervalMs: 600_000, engine: 'postgres' });
    const result = await claimTask(databases.outbox, { name, trigger: 'clock', claimedBy: 'a', leaseMs });
    if (result.claimed)
      await finishTask(databases.outbox, result.claim, { error: undefined, report: undefined });
    const before = await task();
    await scheduleTask(databases.outbox, { name, intervalMs: 60_000, engine: 'postgres' });
    const after = await task();
    expect(after.intervalMs).toBe(60_000);
    expect(before.nextDueAt.getTime() - after.nextDueAt.getTime()).toBe(540_000);
  });
});

interface ObservedRun {
  readonly signal: AbortSignal;
  readonly ttlMs: number | undefined;
}

/** A task that notes when it runs and lasts until it is let go. */
function observedTask(intervalMs: number): {
  task: Task;
  runs: ObservedRun[];
  overlapped: () => boolean;
  release: () => void;
} {
  const runs: ObservedRun[] = [];
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
      run: async ({ signal, ttlMs }) => {
        runs.push({ signal, ttlMs });
        running += 1;
        overlapped ||= running > 1;
        await new Promise<void>((resolve) => {
          release = resolve;
          signal.addEventListener('abort', () => {
            resolve();
          });
        });
        running -= 1;
        return { error: undefined, report: undefined };
      },
    },
  };
}

function runner(worker: string, lease = leaseMs): TaskRunner {
  return new TaskRunner({ outbox: databases.outbox, worker, logger: silentLogger, leaseMs: lease });
}

describe('the postgres engine', () => {
  function engine(worker: string, lease = leaseMs): PostgresEngine {
    return new PostgresEngine({
      outbox: databases.outbox,
      runner: runner(worker, lease),
      worker,
      logger: silentLogger,
    });
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
    expect(observed.runs[0]?.signal.aborted).toBe(true);
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
    await waitUntil('the late run is asked to end', () => observed.runs[0]?.signal.aborted === true);
    await late.stop();
    expect((await task()).claimedBy).toBe('other');
  });
});

describe('a paused task', () => {
  const decision = { name, performedBy: 'anna' };

  it('does not run when it is due, and catches up with one run when it is resumed', async () => {
    const observed = observedTask(60_000);
    await scheduleTask(databases.outbox, { name, intervalMs: 60_000, engine: 'postgres' });
    expect(await pauseTask(databases.outbox, decision)).toBe('paused');
    expect(await pauseTask(databases.outbox, decision)).toBe('unchanged');
    await shiftClock(5);
    const { signal } = new AbortController();
    expect(await runner('a').look(observed.task, 'clock', signal)).toMatchObject({
      ran: false,
      paused: true,
    });
    expect(await runner('a').trigger(observed.task, { signal })).toEqual({ ran: false, because: 'paused' });
    expect(await task()).toMatchObject({ pausedBy: 'anna' });

    expect(await resumeTask(databases.outbox, decision)).toBe('resumed');
    expect(await resumeTask(databases.outbox, decision)).toBe('unchanged');
    const looking = runner('a').look(observed.task, 'clock', signal);
    await waitUntil('it runs', () => observed.runs.length === 1);
    observed.release();
    expect(await looking).toEqual({ ran: true });
    expect(await runner('a').look(observed.task, 'clock', signal)).toMatchObject({ ran: false });
  });

  it('runs when somebody asks for it', async () => {
    const observed = observedTask(60_000);
    await scheduleTask(databases.outbox, { name, intervalMs: 60_000, engine: 'postgres' });
    await pauseTask(databases.outbox, decision);
    await requestTaskRun(databases.outbox, { ...decision, ttlMs: 5_000 });
    const looking = runner('a').look(observed.task, 'clock', new AbortController().signal);
    await waitUntil('it runs', () => observed.runs.length === 1);
    expect(observed.runs[0]?.ttlMs).toBe(5_000);
    observed.release();
    await looking;
    expect(await task()).toMatchObject({ pausedBy: 'anna', runRequestedAt: undefined });
  });

  it('tells of a task that no worker has ever entered, and records nothing', async () => {
    expect(await pauseTask(databases.outbox, decision)).toBe('unknown');
    expect(await resumeTask(databases.outbox, decision)).toBe('unknown');
    expect(await requestTaskRun(databases.outbox, decision)).toBe('unknown');
    expect(await readOperatorActions(databases.outbox, 10)).toEqual([]);
  });

  it('has a record of who did what, and why', async () => {
    await scheduleTask(databases.outbox, { name, intervalMs: 60_000, engine: 'postgres' });
    await pauseTask(databases.outbox, { ...decision, reason: 'ClickHouse moves' });
    await resumeTask(databases.outbox, decision);
    await requestTaskRun(databases.outbox, { name, performedBy: 'ben', ttlMs: 1_000 });
    expect(await readOperatorActions(databases.outbox, 10)).toMatchObject([
      { performedBy: 'ben', action: 'run', details: { task: name, ttlMs: 1_000 } },
      { performedBy: 'anna', action: 'resume', details: { task: name } },
      { performedBy: 'anna', action: 'pause', reason: 'ClickHouse moves', details: { task: name } },
    ]);
  });
});

describe('a run that somebody asks for', () => {
  const request = { name, performedBy: 'anna' };

  async function claim(trigger: TaskTrigger): Promise<TaskClaim> {
    const claimed = await claimTask(databases.outbox, { name, trigger, claimedBy: 'a', leaseMs });
    if (!claimed.claimed) throw new Error('The claim should have succeeded.');
    return claimed.claim;
  }
  const end = { error: undefined, report: undefined };

  beforeEach(async () => {
    await scheduleTask(databases.outbox, { name, intervalMs: 600_000, engine: 'postgres' });
    await finishTask(databases.outbox, await claim('clock'), end);
  });

  it('comes before the due time, which it does not move', async () => {
    const { nextDueAt } = await task();
    await requestTaskRun(databases.outbox, request);
    await finishTask(databases.outbox, await claim('request'), end);
    expect((await task()).nextDueAt).toEqual(nextDueAt);
    expect(
      await claimTask(databases.outbox, { name, trigger: 'request', claimedBy: 'a', leaseMs }),
    ).toMatchObject({ claimed: false });
  });

  it('waits for the run under way, which does not count as the one asked for', async () => {
    await requestTaskRun(databases.outbox, request);
    const under = await claim('request');
    await requestTaskRun(databases.outbox, request);
    expect(
      await claimTask(databases.outbox, { name, trigger: 'request', claimedBy: 'b', leaseMs }),
    ).toMatchObject({ claimed: false });
    await finishTask(databases.outbox, under, end);
    expect(await task()).toMatchObject({ runRequestedBy: 'anna' });
    await finishTask(databases.outbox, await claim('request'), end);
    expect(await task()).toMatchObject({ runRequestedBy: undefined });
  });

  it('is made up for by another worker when the first one dies', async () => {
    await requestTaskRun(databases.outbox, request);
    await claim('request');
    await shiftClock(2);
    const heir = await claim('request');
    expect(heir.epoch).toBe(3);
  });

  it('keeps the report of the run for whoever asked', async () => {
    await requestTaskRun(databases.outbox, request);
    await finishTask(databases.outbox, await claim('request'), {
      error: undefined,
      report: { eventsDelivered: 7 },
    });
    expect((await task()).lastReport).toEqual({ eventsDelivered: 7 });
  });
});

describe('a message of a broker', () => {
  const { signal } = new AbortController();
  beforeEach(async () => {
    await scheduleTask(databases.outbox, { name, intervalMs: 600_000, engine: 'celery' });
  });

  it('runs the task whatever the clock says, and the next one is expected an interval later', async () => {
    const observed = observedTask(600_000);
    for (const run of [1, 2]) {
      const triggered = runner('a').trigger(observed.task, { signal, ttlMs: 9_000 });
      await waitUntil('it runs', () => observed.runs.length === run);
      observed.release();
      expect(await triggered).toEqual({ ran: true, result: { error: undefined, report: undefined } });
    }
    expect(observed.runs[0]?.ttlMs).toBe(9_000);
    expect(await minutesUntilDue()).toBeGreaterThan(9);
  });

  it('is answered by the run under way in the same worker', async () => {
    const observed = observedTask(600_000);
    const only = runner('a');
    const first = only.trigger(observed.task, { signal });
    await waitUntil('it runs', () => observed.runs.length === 1);
    expect(await only.trigger(observed.task, { signal })).toEqual({ ran: false, because: 'already_running' });
    observed.release();
    await first;
  });

  it('is answered by a run in another worker once that is seen to live', async () => {
    const observed = observedTask(600_000);
    const first = runner('a', 1_500).trigger(observed.task, { signal });
    await waitUntil('it runs', () => observed.runs.length === 1);
    expect(await runner('b').trigger(observed.task, { signal })).toEqual({
      ran: false,
      because: 'already_running',
    });
    observed.release();
    expect(await first).toMatchObject({ ran: true });
    expect(observed.overlapped()).toBe(false);
  });

  it('takes the task over from a worker that died', async () => {
    const observed = observedTask(600_000);
    await claimTask(databases.outbox, { name, trigger: 'message', claimedBy: 'dead', leaseMs: 500 });
    const heir = runner('b').trigger(observed.task, { signal });
    await waitUntil('it runs', () => observed.runs.length === 1);
    observed.release();
    expect(await heir).toMatchObject({ ran: true });
  });

  it('is given back when the worker stops before anybody knows', async () => {
    const observed = observedTask(600_000);
    await claimTask(databases.outbox, { name, trigger: 'message', claimedBy: 'dead', leaseMs });
    const stopping = new AbortController();
    const waiting = runner('b').trigger(observed.task, { signal: stopping.signal });
    stopping.abort();
    expect(await waiting).toEqual({ ran: false, because: 'stopped' });
    expect(observed.runs).toEqual([]);
  });
});
