import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimTask } from '../../src/outbox/claimTask.js';
import { pauseTask } from '../../src/outbox/pauseTask.js';
import { readActionPage } from '../../src/outbox/readActionPage.js';
import { renewTask } from '../../src/outbox/renewTask.js';
import { requestTaskRun } from '../../src/outbox/requestTaskRun.js';
import { resumeTask } from '../../src/outbox/resumeTask.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { leaseMs, minute, name, taskTable, type TaskTable } from './support/taskTable.js';

let databases: TestDatabases;
let table: TaskTable;
beforeEach(async () => {
  databases = await createDatabases();
  table = taskTable(databases);
});
afterEach(async () => {
  await databases.drop();
});

describe('the clock of the tasks', () => {
  it('makes a new task due at once, and then after its interval', async () => {
    await table.schedule(10 * minute);
    const claim = await table.claim();
    expect(claim).toEqual({ name, claimedBy: 'a', epoch: 1, requestedAt: undefined });
    await table.finish(claim);
    expect(await table.minutesUntilDue()).toBeGreaterThan(9);
    await table.setClockForward(10);
    expect(await table.ask()).toMatchObject({ claimed: true });
  });

  it('has one winner among many that ask at the same time', async () => {
    await table.schedule(minute);
    const workers = Array.from({ length: 20 }, (_, index) => `worker ${String(index)}`);
    const results = await Promise.all(workers.map((worker) => table.ask('clock', worker)));
    expect(results.filter((result) => result.claimed)).toHaveLength(1);
  });

  it('catches up missed times with one run and keeps its phase', async () => {
    await table.schedule(7 * minute);
    const due = (await table.status()).nextDueAt.getTime();
    await table.setClockForward(7 * 100 + 3); // a hundred times missed, and three minutes of the next
    await table.finish(await table.claim());
    expect(await table.minutesUntilDue()).toBeGreaterThan(3);
    const minutesFromFirst = ((await table.status()).nextDueAt.getTime() - due) / minute;
    expect((minutesFromFirst + 7 * 100 + 3) % 7).toBeCloseTo(0, 6);
  });

  it('does not give a task to a second worker while the first runs it, even when it is due again', async () => {
    await table.schedule(1_000);
    await table.claim('clock', 'a');
    await databases.pool.query(`UPDATE waybill.task SET next_due_at = '2000-01-01'`);
    expect(await table.ask('clock', 'b')).toMatchObject({ claimed: false, dueInMs: 0 });
  });

  it('gives the task of a worker that died to the next one, whose claim the late one cannot touch', async () => {
    await table.schedule(10 * minute);
    const dead = await table.claim('clock', 'a');
    await table.setClockForward(2);
    const heir = await table.claim('clock', 'b');
    expect(heir.epoch).toBe(dead.epoch + 1);
    expect(await renewTask(databases.outbox, dead, leaseMs)).toBe(false);
    expect(await table.finish(dead)).toBe(false);
    expect((await table.status()).claimedBy).toBe('b');
    expect(await table.finish(heir, { error: 'as it was', report: undefined })).toBe(true);
    expect(await table.status()).toMatchObject({ claimedBy: undefined, lastError: 'as it was' });
  });

  it('knows nothing of a task that was not entered', async () => {
    expect(
      await claimTask(databases.outbox, { name, trigger: 'clock', claimedBy: 'a', leaseMs }),
    ).toBeUndefined();
  });

  it('does not take the claim on a row that was deleted for one on the row that came after', async () => {
    await table.schedule(minute);
    const late = await table.claim('clock', 'a');
    await databases.pool.query('DELETE FROM waybill.task');
    await table.schedule(minute);
    const now = await table.claim('clock', 'b');
    expect(now.epoch).toBe(late.epoch);
    expect(await renewTask(databases.outbox, late, leaseMs)).toBe(false);
    expect(await table.finish(late)).toBe(false);
    expect((await table.status()).claimedBy).toBe('b');
  });
});

describe('a changed interval', () => {
  it('counts from the last due time', async () => {
    await table.schedule(10 * minute);
    await table.finish(await table.claim());
    const before = await table.status();
    await table.schedule(minute);
    const after = await table.status();
    expect(after.intervalMs).toBe(minute);
    expect(before.nextDueAt.getTime() - after.nextDueAt.getTime()).toBe(9 * minute);
  });

  it('comes back to the same due time when it is changed back, as with two workers that disagree', async () => {
    await table.schedule(10 * minute);
    await table.finish(await table.claim());
    const { nextDueAt } = await table.status();
    for (const intervalMs of [7 * minute, 1_440 * minute, 10 * minute]) await table.schedule(intervalMs);
    expect((await table.status()).nextDueAt).toEqual(nextDueAt);
  });

  it('is that of the worker which started last, whichever worker claims the task', async () => {
    await table.schedule(10 * minute);
    await table.schedule(minute);
    const { nextDueAt } = await table.status();
    await table.finish(await table.claim('clock', 'the worker with ten minutes'));
    expect((await table.status()).nextDueAt.getTime() - nextDueAt.getTime()).toBe(minute);
  });

  it('does not put off a task that has never run', async () => {
    const dueAt = await table.schedule(minute);
    expect(await table.schedule(1_440 * minute)).toEqual(dueAt);
    expect(await table.ask()).toMatchObject({ claimed: true });
  });
});

describe('when the clock of Postgres is set back', () => {
  it('a task does not wait until the clock has caught up, and keeps its phase', async () => {
    await table.schedule(7 * minute);
    await table.finish(await table.claim());
    await table.setClockForward(-365 * 1_440 - 3);
    const phase = (await table.status()).nextDueAt.getTime() % (7 * minute);
    await table.finish(await table.claim());
    expect(await table.minutesUntilDue()).toBeLessThanOrEqual(7);
    expect((await table.status()).nextDueAt.getTime() % (7 * minute)).toBe(phase);
  });

  it('by less than an interval, a task that has run does not run again for it', async () => {
    await table.schedule(7 * minute);
    await table.finish(await table.claim());
    await table.setClockForward(-6);
    expect(await table.minutesUntilDue()).toBeGreaterThan(12);
  });

  it('a run that was asked for before is answered by one run', async () => {
    await table.schedule(7 * minute);
    await table.finish(await table.claim());
    await requestTaskRun(databases.outbox, { name, performedBy: 'anna' });
    await table.setClockForward(-3);
    await table.finish(await table.claim('request'));
    expect(await table.status()).toMatchObject({ runRequestedAt: undefined, runRequestedBy: undefined });
    expect(await table.ask('request')).toMatchObject({ claimed: false });
  });

  it('a worker that starts cuts the claim of one that died to the longest lease', async () => {
    await table.schedule(7 * minute);
    await table.claim();
    await table.setClockForward(-365 * 1_440);
    await table.schedule(7 * minute);
    await table.setClockForward(59);
    expect(await table.ask()).toMatchObject({ claimed: false });
    await table.setClockForward(2);
    expect(await table.ask()).toMatchObject({ claimed: true });
  });

  it('a worker that lives keeps its claim', async () => {
    await table.schedule(7 * minute);
    const claim = await table.claim();
    await table.setClockForward(-365 * 1_440);
    expect(await renewTask(databases.outbox, claim, leaseMs)).toBe(true);
    await table.setClockForward(2);
    expect(await table.ask('clock', 'b')).toMatchObject({ claimed: true });
  });
});

describe('a paused task', () => {
  const decision = { name, performedBy: 'anna' };

  it('tells of a task that no worker has ever entered, and records nothing', async () => {
    expect(await pauseTask(databases.outbox, decision)).toBe('unknown');
    expect(await resumeTask(databases.outbox, decision)).toBe('unknown');
    expect(await requestTaskRun(databases.outbox, decision)).toBe('unknown');
    expect(await readActionPage(databases.outbox, { limit: 10 })).toEqual([]);
  });

  it('has a record of who did what, and why', async () => {
    await table.schedule(minute);
    await pauseTask(databases.outbox, { ...decision, reason: 'ClickHouse moves' });
    await resumeTask(databases.outbox, decision);
    await requestTaskRun(databases.outbox, { name, performedBy: 'ben', ttlMs: 1_000 });
    expect(await readActionPage(databases.outbox, { limit: 10 })).toMatchObject([
      { performedBy: 'ben', action: 'run', details: { task: name, ttlMs: 1_000 } },
      { performedBy: 'anna', action: 'resume', details: { task: name } },
      { performedBy: 'anna', action: 'pause', reason: 'ClickHouse moves', details: { task: name } },
    ]);
  });
});

describe('a run that somebody asks for', () => {
  const request = { name, performedBy: 'anna' };

  beforeEach(async () => {
    await table.schedule(10 * minute);
    await table.finish(await table.claim());
  });

  it('comes before the due time, which it does not move', async () => {
    const { nextDueAt } = await table.status();
    await requestTaskRun(databases.outbox, request);
    await table.finish(await table.claim('request'));
    expect((await table.status()).nextDueAt).toEqual(nextDueAt);
    expect(await table.ask('request')).toMatchObject({ claimed: false });
  });

  it('waits for the run under way, which does not count as the one asked for', async () => {
    await requestTaskRun(databases.outbox, request);
    const under = await table.claim('request');
    await requestTaskRun(databases.outbox, request);
    expect(await table.ask('request', 'b')).toMatchObject({ claimed: false });
    await table.finish(under);
    expect(await table.status()).toMatchObject({ runRequestedBy: 'anna' });
    await table.finish(await table.claim('request'));
    expect(await table.status()).toMatchObject({ runRequestedBy: undefined });
  });

  it('stands when it comes while a run is under way that nobody asked for', async () => {
    await table.setClockForward(10);
    const due = await table.claim();
    await requestTaskRun(databases.outbox, { ...request, ttlMs: 5_000 });
    await table.finish(due);
    expect(await table.ask('request')).toMatchObject({ claimed: true, ttlMs: 5_000 });
  });

  it('is made up for by another worker when the first one dies', async () => {
    await requestTaskRun(databases.outbox, request);
    await table.claim('request');
    await table.setClockForward(2);
    const heir = await table.claim('request');
    expect(heir.epoch).toBe(3);
  });

  it('keeps the report of the run for whoever asked', async () => {
    await requestTaskRun(databases.outbox, request);
    const claim = await table.claim('request');
    await table.finish(claim, { error: undefined, report: { eventsDelivered: 7 } });
    expect((await table.status()).lastReport).toEqual({ eventsDelivered: 7 });
  });
});
