import { randomBytes } from 'node:crypto';
import { expect, onTestFinished } from 'vitest';
import type { TaskName } from '../../../src/tasks/engine.js';
import { createDatabases, type TestDatabases } from '../../support/databases.js';
import { waitUntil } from '../../support/waitUntil.js';
import type { Broker, EngineKind, Intervals, RunningClock, TestQueue } from './engineKind.js';
import { startEngineWorker, type EngineWorker } from './engineWorker.js';
import { createLedger, deadlineMs, type ObservedRun, type RunLedger } from './runLedger.js';

/** How long a claim outlives a worker that was killed. */
export const leaseInSeconds = 4;

/** Databases, a queue and workers of one test's own. All of it goes at the end of the test. */
export interface EngineScene {
  readonly databases: TestDatabases;
  readonly ledger: RunLedger;
  readonly queue: TestQueue;
  /** Starts what sends the due times, if the workers do not, and so many workers. May be called again after `stopAll`. */
  readonly start: (intervalsMs: Intervals, count?: number) => Promise<EngineWorker[]>;
  /** Starts one worker more: of this kind, or with the options of another. */
  readonly startWorker: (intervalsMs: Intervals, kind?: EngineKind) => Promise<EngineWorker>;
  /** Ends workers and clock in order. @returns the exit codes of the workers */
  readonly stopAll: () => Promise<(number | null)[]>;
  /** Holds a task and starts it: a run that lasts until it is released, however many were started before it. */
  readonly startHeldRun: (task: TaskName) => Promise<ObservedRun>;
  readonly claimOf: (task: TaskName) => Promise<TaskRow>;
}

export interface TaskRow {
  readonly claimed_by: string | null;
  readonly claim_expires_at: Date | null;
  readonly next_due_at: Date;
  readonly last_error: string | null;
}

/** Opens a scene on the broker of a kind. At the end of the test no two runs of a task may have overlapped. */
export async function openScene(kind: EngineKind, broker: Broker): Promise<EngineScene> {
  const { postgresUrl } = broker;
  const databases = await createDatabases(postgresUrl === undefined ? {} : { postgresUrl });
  onTestFinished(() => databases.drop());
  const ledger = await createLedger();
  onTestFinished(() => ledger.drop());
  const name = `waybill_${randomBytes(6).toString('hex')}`;
  const queue = await broker.openQueue({ name, outbox: databases.outbox });
  onTestFinished(() => queue.close());
  let clock: RunningClock | undefined;
  onTestFinished(() => clock?.stop());
  const workers = new Set<EngineWorker>();
  let started = 0;
  onTestFinished(async ({ task }) => {
    const logs = [...workers].map((worker) => `Log of worker ${worker.name}:\n${tail(worker.log())}`);
    const crashes = [...workers].flatMap((worker) => worker.crash() ?? []);
    await Promise.all([...workers].map((worker) => worker.kill()));
    if (task.result?.state === 'fail') process.stderr.write(`${task.name}\n${logs.join('\n')}\n`);
    expect(crashes).toEqual([]);
    expect(await ledger.overlaps()).toEqual([]);
  });

  async function startWorker(intervalsMs: Intervals, { engine }: EngineKind): Promise<EngineWorker> {
    started += 1;
    const options = engine === kind.engine ? queue.options : {};
    const { databaseUrl } = databases;
    const worker = await startEngineWorker({
      worker: `${engine}_${String(started)}`,
      given: { ...options, databaseUrl, taskEngine: engine, claimLeaseInSeconds: leaseInSeconds },
      intervalsMs,
      ledgerUrl: ledger.url,
    });
    workers.add(worker);
    return worker;
  }

  return {
    databases,
    ledger,
    queue,
    async start(intervalsMs, count = 1) {
      clock = await queue.startClock?.(intervalsMs);
      return Promise.all(Array.from({ length: count }, () => startWorker(intervalsMs, kind)));
    },
    startWorker: (intervalsMs, other = kind) => startWorker(intervalsMs, other),
    async stopAll() {
      await clock?.stop();
      clock = undefined;
      const exitCodes = await Promise.all([...workers].map((worker) => worker.stop()));
      workers.clear();
      return exitCodes;
    },
    async startHeldRun(task) {
      await ledger.hold(task, true);
      await queue.trigger(task);
      return ledger.waitForRun(
        task,
        `a run of ${task} is held`,
        ({ held, ended }) => held && ended === undefined,
      );
    },
    async claimOf(task) {
      const { rows } = await databases.pool.query<TaskRow>(
        'SELECT claimed_by, claim_expires_at, next_due_at, last_error FROM waybill.task WHERE name = $1',
        [task],
      );
      const [row] = rows;
      if (row === undefined) throw new Error(`${task} was never entered.`);
      return row;
    },
  };
}

/** Waits for what engines and brokers do by themselves. */
export function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  return waitUntil(what, condition, deadlineMs);
}

function tail(text: string): string {
  return text.split('\n').slice(-40).join('\n');
}
