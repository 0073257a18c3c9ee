import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger, type Logger } from '../../src/observe/logger.js';
import { claimTask } from '../../src/outbox/claimTask.js';
import { pauseTask } from '../../src/outbox/pauseTask.js';
import { requestTaskRun } from '../../src/outbox/requestTaskRun.js';
import { resumeTask } from '../../src/outbox/resumeTask.js';
import { TaskRunner } from '../../src/tasks/taskRunner.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { waitUntil } from '../support/waitUntil.js';
import { observedTask } from './support/observedTask.js';
import { recordingLogger } from './support/recordingLogger.js';
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

const { signal } = new AbortController();

function runner(worker: string, lease = leaseMs, logger: Logger = silentLogger): TaskRunner {
  return new TaskRunner({ outbox: databases.outbox, worker, engine: 'celery', logger, leaseMs: lease });
}

describe('a paused task', () => {
  const decision = { name, performedBy: 'anna' };

  it('does not run when it is due, and catches up with one run when it is resumed', async () => {
    const observed = observedTask(minute);
    await table.schedule(minute);
    expect(await pauseTask(databases.outbox, decision)).toBe('paused');
    expect(await pauseTask(databases.outbox, decision)).toBe('unchanged');
    await table.setClockForward(5);
    expect(await runner('a').look(observed.task, 'clock', signal)).toMatchObject({
      ran: false,
      paused: true,
    });
    expect(await runner('a').trigger(observed.task, { signal })).toEqual({ ran: false, because: 'paused' });
    expect(await table.status()).toMatchObject({ pausedBy: 'anna' });

    expect(await resumeTask(databases.outbox, decision)).toBe('resumed');
    expect(await resumeTask(databases.outbox, decision)).toBe('unchanged');
    const looking = runner('a').look(observed.task, 'clock', signal);
    await waitUntil('it runs', () => observed.runs.length === 1);
    observed.release();
    expect(await looking).toEqual({ ran: true });
    expect(await runner('a').look(observed.task, 'clock', signal)).toMatchObject({ ran: false });
  });

  it('runs when somebody asks for it', async () => {
    const observed = observedTask(minute);
    await table.schedule(minute);
    await pauseTask(databases.outbox, decision);
    await requestTaskRun(databases.outbox, { ...decision, ttlMs: 5_000 });
    const looking = runner('a').look(observed.task, 'clock', signal);
    await waitUntil('it runs', () => observed.runs.length === 1);
    expect(observed.runs[0]?.ttlMs).toBe(5_000);
    observed.release();
    await looking;
    expect(await table.status()).toMatchObject({ pausedBy: 'anna', runRequestedAt: undefined });
  });
});

describe('a message of a broker', () => {
  beforeEach(async () => {
    await table.schedule(10 * minute, 'celery');
  });

  it('runs the task whatever the clock says, and the next one is expected an interval later', async () => {
    const observed = observedTask(10 * minute);
    for (const run of [1, 2]) {
      const triggered = runner('a').trigger(observed.task, { signal, ttlMs: 9_000 });
      await waitUntil('it runs', () => observed.runs.length === run);
      observed.release();
      expect(await triggered).toEqual({ ran: true, result: { error: undefined, report: undefined } });
    }
    expect(observed.runs[0]?.ttlMs).toBe(9_000);
    expect(await table.minutesUntilDue()).toBeGreaterThan(9);
  });

  it('is answered by the run under way in the same worker', async () => {
    const observed = observedTask(10 * minute);
    const only = runner('a');
    const first = only.trigger(observed.task, { signal });
    await waitUntil('it runs', () => observed.runs.length === 1);
    expect(await only.trigger(observed.task, { signal })).toEqual({ ran: false, because: 'already_running' });
    observed.release();
    await first;
  });

  it('is answered by a run in another worker once that is seen to live', async () => {
    const observed = observedTask(10 * minute);
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

  it('sees that the other worker lives when the clock of Postgres is set back meanwhile', async () => {
    const observed = observedTask(10 * minute);
    const first = runner('a', 1_500).trigger(observed.task, { signal });
    await waitUntil('it runs', () => observed.runs.length === 1);
    await table.setClockForward(-30); // the claim as it was before: half an hour ahead
    expect(await runner('b').trigger(observed.task, { signal })).toEqual({
      ran: false,
      because: 'already_running',
    });
    observed.release();
    expect(await first).toMatchObject({ ran: true });
  });

  it('takes the task over from a worker that died', async () => {
    const observed = observedTask(10 * minute);
    await claimTask(databases.outbox, { name, trigger: 'message', claimedBy: 'dead', leaseMs: 500 });
    const heir = runner('b').trigger(observed.task, { signal });
    await waitUntil('it runs', () => observed.runs.length === 1);
    observed.release();
    expect(await heir).toMatchObject({ ran: true });
  });

  it('is given back when the worker stops before anybody knows', async () => {
    const observed = observedTask(10 * minute);
    await claimTask(databases.outbox, { name, trigger: 'message', claimedBy: 'dead', leaseMs });
    const stopping = new AbortController();
    const waiting = runner('b').trigger(observed.task, { signal: stopping.signal });
    stopping.abort();
    expect(await waiting).toEqual({ ran: false, because: 'stopped' });
    expect(observed.runs).toEqual([]);
  });
});

describe('a task whose row was deleted', () => {
  it('is entered again, with its interval and its engine, and says so', async () => {
    const observed = observedTask(10 * minute);
    const { logger, lines } = recordingLogger();
    const looking = runner('a', leaseMs, logger).look(observed.task, 'clock', signal);
    await waitUntil('it runs', () => observed.runs.length === 1);
    observed.release();
    expect(await looking).toEqual({ ran: true });
    expect(await table.status()).toMatchObject({ engine: 'celery', intervalMs: 10 * minute });
    expect(lines).toMatchObject([
      { level: 'warn', message: 'the row of a task was gone from table task; it is entered again' },
    ]);
  });

  it('while it runs: that run is asked to end, and does not touch the row that comes after', async () => {
    await table.schedule(10 * minute);
    const observed = observedTask(10 * minute);
    const { logger, lines } = recordingLogger();
    const looking = runner('a', 3_000, logger).look(observed.task, 'clock', signal);
    await waitUntil('it runs', () => observed.runs.length === 1);
    await databases.pool.query('DELETE FROM waybill.task');
    await table.schedule(10 * minute);
    await table.claim('clock', 'b');
    expect(await looking).toEqual({ ran: true });
    expect(observed.runs[0]?.signal.aborted).toBe(true);
    expect((await table.status()).claimedBy).toBe('b');
    expect(lines).toMatchObject([
      {
        level: 'warn',
        message: 'claim of a task lost; another worker has it, or its row was deleted',
      },
    ]);
  });

  it('while it runs: the same worker starts it no second time beside that run', async () => {
    await table.schedule(10 * minute);
    const observed = observedTask(10 * minute);
    const only = runner('a');
    const running = only.trigger(observed.task, { signal });
    await waitUntil('it runs', () => observed.runs.length === 1);
    await databases.pool.query('DELETE FROM waybill.task');
    await table.schedule(10 * minute);
    await requestTaskRun(databases.outbox, { name, performedBy: 'anna' });
    expect(await only.look(observed.task, 'request', signal)).toMatchObject({ ran: false });
    observed.release();
    await running;
    expect(observed.overlapped()).toBe(false);
  });
});
