import { afterAll, beforeAll, expect, it } from 'vitest';
import { pauseTask } from '../../../src/outbox/pauseTask.js';
import { requestTaskRun } from '../../../src/outbox/requestTaskRun.js';
import { resumeTask } from '../../../src/outbox/resumeTask.js';
import type { Broker, EngineKind, TestQueue } from './engineKind.js';
import { postgresKind } from './postgresKind.js';
import { eventually, openScene, type EngineScene } from './engineScene.js';
import type { EngineWorker } from './engineWorker.js';

const hour = 3_600_000;
const task = 'process_events';
const other = 'clean_events_outbox';
const never = { process_events: hour, clean_events_outbox: hour };

/** One suite for all engines. Every test also proves that no two runs of a task were ever under way at the same time. */
export function testConformance(kind: EngineKind): void {
  const often = { process_events: kind.intervalMsMin, clean_events_outbox: kind.intervalMsMin };
  let broker: Broker | undefined;
  beforeAll(async () => {
    broker = await kind.startBroker();
  });
  afterAll(() => broker?.remove());

  function runningBroker(): Broker {
    if (broker === undefined) throw new Error('The broker has not started.');
    return broker;
  }
  function scene(): Promise<EngineScene> {
    return openScene(kind, runningBroker());
  }

  it('runs a task whenever it is due, and one that is not due yet once at most', async () => {
    const { ledger, start } = await scene();
    await start({ process_events: kind.intervalMsMin, clean_events_outbox: hour });
    await ledger.waitForRuns(task, 4);
    expect((await ledger.runs(other)).length).toBeLessThanOrEqual(1);
  });

  it('answers every trigger that comes while the task runs, and never runs it twice at a time', async () => {
    const { ledger, queue, start, startHeldRun, claimOf } = await scene();
    await start(never, 2);
    await settle(queue, claimOf);
    const held = await startHeldRun(task);
    const triggers = await Promise.all(Array.from({ length: 6 }, () => queue.trigger(task)));
    await ledger.hold(task, false);
    await eventually('every trigger is answered', async () => {
      const answers = await Promise.all(triggers.map((trigger) => trigger.isAnswered()));
      return answers.every((answered) => answered);
    });
    const after = (await ledger.runs(task)).filter((run) => run.id > held.id);
    expect(after.length).toBeLessThanOrEqual(triggers.length);

    const last = await queue.trigger(task);
    await ledger.waitForRun(
      task,
      'a later trigger runs it again',
      ({ id }) => id > (after.at(-1) ?? held).id,
    );
    await eventually('it is answered', () => last.isAnswered());
  });

  it('gives a run the working time that its trigger names', async () => {
    const { ledger, queue, start, claimOf } = await scene();
    await start(never);
    await settle(queue, claimOf); // or the run with which an engine begins would answer it
    await queue.trigger(task, 90_000);
    await ledger.waitForRun(task, 'a run has 90 seconds', ({ ttlMs }) => ttlMs === 90_000);
  });

  it('runs a task in one of two workers at a time, and goes on when either of them stops', async () => {
    const { ledger, start, startWorker } = await scene();
    const workers = await start(often, 2);
    await ledger.waitForRuns(task, 4);
    for (const leaving of workers) {
      expect(await leaving.stop()).toBe(0);
      const last = (await ledger.runs(task)).at(-1);
      await ledger.waitForRuns(task, 2);
      const since = (await ledger.runs(task)).filter((run) => run.id > (last?.id ?? 0));
      expect(since.map(({ worker }) => worker)).not.toContain(leaving.name);
      await startWorker(often);
    }
  });

  it('has another worker run the task of one that was killed, once its lease is over and no sooner', async () => {
    const { ledger, start, startHeldRun, claimOf } = await scene();
    const workers = await start(never, 2);
    const orphaned = await startHeldRun(task);
    await named(workers, orphaned.worker).kill();
    await ledger.noteDeath(orphaned.worker);
    const claim = await claimOf(task);
    expect(claim.claimed_by).toBe(orphaned.worker);
    const heir = await ledger.waitForRun(
      task,
      'another worker runs it',
      ({ id, worker }) => id > orphaned.id && worker !== orphaned.worker,
    );
    expect(heir.startedAt.getTime()).toBeGreaterThanOrEqual(claim.claim_expires_at?.getTime() ?? Infinity);
    await ledger.hold(task, false);
    await eventually('its claim is given back', async () => (await claimOf(task)).claimed_by === null);
  });

  it('runs the tasks again by itself when its broker has been away, while a task was under way', async () => {
    const { ledger, start, startHeldRun } = await scene();
    await start(often, 2);
    await ledger.waitForRuns(other, 1);
    const held = await startHeldRun(task);
    await runningBroker().stop();
    await ledger.hold(task, false);
    await ledger.waitForRun(
      task,
      'the run has ended',
      ({ id, ended }) => id === held.id && ended !== undefined,
    );
    await runningBroker().restart();
    await Promise.all([ledger.waitForRuns(task, 3), ledger.waitForRuns(other, 3)]);
  });

  it('ends the run under way when it is asked to stop, and leaves no claim', async () => {
    const { ledger, start, stopAll, startHeldRun, claimOf } = await scene();
    await start(never);
    const held = await startHeldRun(task);
    expect(await stopAll()).toEqual([0]);
    const [ended] = (await ledger.runs(task)).filter(({ id }) => id === held.id);
    expect(ended?.ended).toBe('stopped');
    expect(await claimOf(task)).toMatchObject({ claimed_by: null, claim_expires_at: null });
  });

  it('takes up changed intervals when it starts again, the shorter and the longer', async () => {
    const { ledger, start, stopAll, claimOf } = await scene();
    await start({ process_events: kind.intervalMsMin, clean_events_outbox: hour });
    await ledger.waitForRuns(task, 3);
    expect(await stopAll()).toEqual([0]);
    const dueBefore = { task: await claimOf(task), other: await claimOf(other) };
    const runsBefore = (await ledger.runs(task)).length;

    const [again] = await start({ process_events: hour, clean_events_outbox: kind.intervalMsMin });
    await ledger.waitForRuns(other, 4);
    expect((await ledger.runs(task)).length - runsBefore).toBeLessThanOrEqual(1);
    if (kind.clockIsPostgres) {
      const moved = hour - kind.intervalMsMin;
      expect(again?.nextDueAt).toEqual({
        process_events: new Date(dueBefore.task.next_due_at.getTime() + moved),
        clean_events_outbox: new Date(dueBefore.other.next_due_at.getTime() - moved),
      });
    }
  });

  it('runs a paused task only when a person asks, with the working time given, until it is resumed', async () => {
    const { databases, ledger, start, claimOf } = await scene();
    const decision = { name: task, performedBy: 'anna' };
    await start(often, 2);
    await ledger.waitForRuns(task, 1);
    expect(await pauseTask(databases.outbox, decision)).toBe('paused');
    await eventually('no run is under way', async () => (await claimOf(task)).claimed_by === null);
    const before = await ledger.runs(task);
    await ledger.waitForRuns(other, 3);
    expect(await ledger.runs(task)).toEqual(before);

    await requestTaskRun(databases.outbox, { ...decision, ttlMs: 70_000 });
    const asked = await ledger.waitForRun(task, 'the run asked for', ({ ttlMs }) => ttlMs === 70_000);
    await ledger.waitForRuns(other, 3);
    expect((await ledger.runs(task)).at(-1)?.id).toBe(asked.id);

    expect(await resumeTask(databases.outbox, decision)).toBe('resumed');
    await ledger.waitForRuns(task, 2);
  });

  it.each(['failed', 'thrown'] as const)('runs a task again when it is due after it has %s', async (how) => {
    const { ledger, start, claimOf } = await scene();
    await ledger.setOutcome(task, how);
    await start(often);
    await ledger.waitForRuns(task, 2);
    expect((await ledger.runs(task))[0]?.ended).toBe(how);
    await eventually('it has an error', async () => (await claimOf(task)).last_error !== null);
    expect((await claimOf(task)).last_error).toContain(`has ${how}`);
    await ledger.setOutcome(task, 'done');
    await eventually('it has none', async () => (await claimOf(task)).last_error === null);
  });
}

/** The same of an engine with a broker beside the clock of Postgres, on one database. */
export function testBesidePostgres(kind: EngineKind): void {
  let broker: Broker | undefined;
  beforeAll(async () => {
    broker = await kind.startBroker();
  });
  afterAll(() => broker?.remove());

  it('never run a task at the same time, whichever is first', async () => {
    if (broker === undefined) throw new Error('The broker has not started.');
    const { databases, ledger, queue, start, startWorker, startHeldRun, claimOf } = await openScene(
      kind,
      broker,
    );
    const [brokers] = await start(never);
    const clocks = await startWorker(never, postgresKind);
    await settle(queue, claimOf);

    // The clock's first: a message finds its run, and is answered by it.
    await ledger.hold(task, true);
    await databases.pool.query('UPDATE waybill.task SET next_due_at = clock_timestamp() WHERE name = $1', [
      task,
    ]);
    const byClock = await ledger.waitForRun(
      task,
      'the clock runs it',
      ({ worker, ended }) => worker === clocks.name && ended === undefined,
    );
    const trigger = await queue.trigger(task);
    await eventually('the message is answered', () => trigger.isAnswered());
    expect((await ledger.runs(task)).at(-1)?.id).toBe(byClock.id);
    await ledger.release(byClock);
    await eventually('no run is under way', async () => (await claimOf(task)).claimed_by === null);

    // A message first: the task is due by the clock meanwhile, and waits.
    const byMessage = await startHeldRun(task);
    expect(byMessage.worker).toBe(brokers?.name);
    await databases.pool.query('UPDATE waybill.task SET next_due_at = clock_timestamp() WHERE name = $1', [
      task,
    ]);
    await ledger.release(byMessage);
    const next = await ledger.waitForRun(task, 'the clock runs it next', ({ id }) => id > byMessage.id);
    expect(next.worker).toBe(clocks.name);
    await ledger.hold(task, false);
  });

  it('never run a task at the same time while both start it often', async () => {
    if (broker === undefined) throw new Error('The broker has not started.');
    const often = { process_events: kind.intervalMsMin, clean_events_outbox: kind.intervalMsMin };
    const { databases, ledger, queue, start, startWorker } = await openScene(kind, broker);
    await start(often, 2);
    await startWorker(often, postgresKind);
    await startWorker(often, postgresKind);
    const hasRun = async (engine: string): Promise<boolean> =>
      (await ledger.runs(task)).some(({ worker }) => worker.startsWith(`${engine}_`));
    await eventually('messages have started it', async () => {
      const trigger = await queue.trigger(task);
      await eventually('it is answered', () => trigger.isAnswered());
      return hasRun(kind.engine);
    });
    await eventually('the clock has started it', async () => {
      await databases.pool.query('UPDATE waybill.task SET next_due_at = clock_timestamp()');
      return hasRun(postgresKind.engine);
    });
    await ledger.waitForRuns(task, 5);
  });
}

/** Resolves when whatever an engine starts by itself at first is through. */
async function settle(queue: TestQueue, claimOf: EngineScene['claimOf']): Promise<void> {
  const last = await queue.trigger(task); // comes after it
  await eventually('it is answered', () => last.isAnswered());
  await eventually('no run is under way', async () => (await claimOf(task)).claimed_by === null);
}

function named(workers: readonly EngineWorker[], name: string): EngineWorker {
  const found = workers.find((worker) => worker.name === name);
  if (found === undefined) throw new Error(`There is no worker ${name}.`);
  return found;
}
