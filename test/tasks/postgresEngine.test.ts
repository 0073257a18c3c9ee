import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger, type Logger } from '../../src/observe/logger.js';
import type { Outbox } from '../../src/outbox/database.js';
import { PostgresEngine } from '../../src/tasks/engines/postgresEngine.js';
import { TaskRunner } from '../../src/tasks/taskRunner.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { startOwnPostgres } from '../support/ownPostgres.js';
import { waitUntil } from '../support/waitUntil.js';
import { observedTask } from './support/observedTask.js';
import { recordingLogger } from './support/recordingLogger.js';
import { leaseMs, minute, name, taskTable, type TaskTable } from './support/taskTable.js';

let databases: TestDatabases;
let table: TaskTable;
const engines: PostgresEngine[] = [];
beforeEach(async () => {
  databases = await createDatabases();
  table = taskTable(databases);
});
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
  await databases.drop();
});

interface EngineOptions {
  readonly outbox?: Outbox;
  readonly lease?: number;
  readonly logger?: Logger;
}

function engine(worker: string, options: EngineOptions = {}): PostgresEngine {
  const { outbox = databases.outbox, lease = leaseMs, logger = silentLogger } = options;
  const runner = new TaskRunner({ outbox, worker, engine: 'postgres', logger, leaseMs: lease });
  const made = new PostgresEngine({ outbox, runner, worker, logger });
  engines.push(made);
  return made;
}

describe('the postgres engine', () => {
  it('runs a task in one of two workers at a time, again and again', async () => {
    const observed = observedTask(50);
    const both = [engine('a'), engine('b')];
    await Promise.all(both.map((each) => each.start([observed.task])));
    for (let run = 1; run <= 5; run += 1) {
      await waitUntil(`run ${String(run)}`, () => observed.runs.length >= run);
      observed.release();
    }
    await Promise.all(both.map((each) => each.stop()));
    expect(observed.overlapped()).toBe(false);
  });

  it('goes by the interval of the worker that started last', async () => {
    const rare = observedTask(600 * minute);
    const often = observedTask(20);
    await engine('a').start([rare.task]);
    await waitUntil('it has run once', () => rare.runs.length === 1);
    rare.release();
    await waitUntil('its claim is given back', async () => (await table.status()).claimedBy === undefined);
    await engine('b').start([often.task]);
    await waitUntil('it has run often, in either worker', () => {
      rare.release();
      often.release();
      return rare.runs.length + often.runs.length > 5;
    });
  });

  it('asks a running task to end when it is stopped, waits for it and leaves no claim', async () => {
    const observed = observedTask(10 * minute);
    const only = engine('a');
    await only.start([observed.task]);
    await waitUntil('the task runs', () => observed.runs.length === 1);
    expect((await table.status()).claimedBy).toBe('a');
    await only.stop();
    await only.stop();
    expect(observed.runs[0]?.signal.aborted).toBe(true);
    expect((await table.status()).claimedBy).toBeUndefined();
  });

  it('runs nothing when it is stopped while it starts', async () => {
    const observed = observedTask(10 * minute);
    const only = engine('a');
    const starting = only.start([observed.task]);
    await only.stop();
    expect(await starting).toMatchObject([{ name }]);
    await only.stop();
    expect(observed.runs).toEqual([]);
    expect((await table.status()).lastStartedAt).toBeUndefined();
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
    expect((await table.status()).lastError).toBe('out of paper');
  });

  it('catches up with one run, in phase, when a run took longer than its interval', async () => {
    const observed = observedTask(200);
    const only = engine('a');
    const [scheduled] = await only.start([observed.task]);
    await waitUntil('the task runs', () => observed.runs.length === 1);
    await waitUntil('several times have passed meanwhile', async () => {
      const { nextDueAt } = await table.status();
      const { rows } = await databases.pool.query<{ passed: boolean }>(
        `SELECT clock_timestamp() > $1::timestamptz + interval '700 milliseconds' AS passed`,
        [nextDueAt],
      );
      return rows[0]?.passed === true;
    });
    observed.release();
    await waitUntil('it runs again', () => observed.runs.length === 2);
    const { nextDueAt, lastStartedAt } = await table.status();
    expect(nextDueAt.getTime()).toBeGreaterThan(lastStartedAt?.getTime() ?? Infinity);
    expect((nextDueAt.getTime() - (scheduled?.nextDueAt.getTime() ?? 0)) % 200).toBe(0);
  });

  it('ends the run of a worker whose claim was taken', async () => {
    const observed = observedTask(10 * minute);
    const late = engine('late', { lease: 300 });
    await late.start([observed.task]);
    await waitUntil('the task runs', () => observed.runs.length === 1);
    await databases.pool.query(`UPDATE waybill.task SET claim_epoch = claim_epoch + 1, claimed_by = 'other'`);
    await waitUntil('the late run is asked to end', () => observed.runs[0]?.signal.aborted === true);
    await late.stop();
    expect((await table.status()).claimedBy).toBe('other');
  });

  it('enters a task again whose row was deleted, and runs it', async () => {
    const observed = observedTask(10 * minute);
    await engine('a').start([observed.task]);
    await waitUntil('the task runs', () => observed.runs.length === 1);
    observed.release();
    await waitUntil('its claim is given back', async () => (await table.status()).claimedBy === undefined);
    await databases.pool.query('DELETE FROM waybill.task');
    await waitUntil('it runs again', () => observed.runs.length === 2);
    expect(await table.status()).toMatchObject({
      engine: 'postgres',
      intervalMs: 10 * minute,
      claimedBy: 'a',
    });
  });

  it('tells when the answer to a claim was lost, and runs the task once that claim has expired', async () => {
    const observed = observedTask(10 * minute);
    const { logger, lines } = recordingLogger();
    let lost = 0;
    const outbox: Outbox = {
      ...databases.outbox,
      async query(text: string, values?: unknown[]) {
        const answer = await databases.outbox.query<never>(text, values);
        if (lost === 0 && text.includes('claim_epoch + 1')) {
          lost += 1;
          throw new Error('Query read timeout');
        }
        return answer;
      },
    };
    await engine('a', { outbox, lease: 3_000, logger }).start([observed.task]);
    await waitUntil('the answer is lost', () => lost === 1);
    const { rows } = await databases.pool.query<{ claim_expires_at: Date }>(
      'SELECT claim_expires_at FROM waybill.task',
    );
    await waitUntil('the task runs', () => observed.runs.length === 1);
    const { lastStartedAt } = await table.status();
    expect(lastStartedAt?.getTime()).toBeGreaterThanOrEqual(rows[0]?.claim_expires_at.getTime() ?? Infinity);
    expect(lines).toMatchObject([
      { level: 'error', message: 'the task could not be run; trying again', fields: { task: name } },
    ]);
  });
});

describe('the postgres engine without its Postgres', () => {
  it('says so at its start, and runs the task again by itself when Postgres comes back later', async () => {
    const postgres = await startOwnPostgres();
    try {
      const own = await createDatabases({ postgresUrl: postgres.url });
      try {
        const observed = observedTask(10 * minute);
        await postgres.stop();
        const early = engine('early', { outbox: own.outbox });
        await expect(early.start([observed.task])).rejects.toThrow('ECONNREFUSED');
        await early.stop();

        await postgres.restart();
        const { logger, lines } = recordingLogger();
        const only = engine('a', { outbox: own.outbox, lease: 1_000, logger });
        await only.start([observed.task]);
        await waitUntil('the task runs', () => observed.runs.length === 1);
        await postgres.kill();
        await waitUntil('its claim is lost', () => observed.runs[0]?.signal.aborted === true);
        await waitUntil('that is told', () => lines.some(({ level }) => level === 'error'));
        await postgres.restart();
        await waitUntil('the task runs again', () => observed.runs.length === 2);
        expect(observed.overlapped()).toBe(false);
        await only.stop();
        expect((await taskTable(own).status()).claimedBy).toBeUndefined();
      } finally {
        await own.drop();
      }
    } finally {
      await postgres.remove();
    }
  });
});
