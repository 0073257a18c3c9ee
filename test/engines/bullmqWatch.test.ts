import type { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { testDatabases } from '../support/outbox.js';
import type { TestDatabases } from '../support/databases.js';
import { readTasks } from '../../src/outbox/readTasks.js';
import { waitUntil } from '../support/waitUntil.js';
import type { BullmqEngine } from '../../src/tasks/engines/bullmq/bullmqEngine.js';
import {
  observedTask,
  openTestEngine,
  plainQueue,
  recordedLog,
  type EngineOptions,
  type RecordedLog,
} from './support/bullmqScene.js';
import { startRedis, type TestRedis } from './support/redis.js';

const hour = 3_600_000;
const name = 'process_events';
const watch = { lookMs: 100, graceMs: 1_000 };

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());

let databases: TestDatabases;
let queueName: string;
let queues = 0;
beforeEach(async () => {
  databases = await testDatabases();
  queueName = `watched-${String((queues += 1))}`;
});

function direct(): Redis {
  const client = new Redis(redis.url);
  onTestFinished(() => {
    client.disconnect();
  });
  return client;
}

/** An engine of one worker more, on the queue of this test. */
function anotherEngine(log: RecordedLog, given: Partial<EngineOptions> = {}): Promise<BullmqEngine> {
  return openTestEngine({
    outbox: databases.outbox,
    redisUrl: redis.url,
    queue: queueName,
    log,
    watch,
    ...given,
  });
}

/** Workers whose task has run once, so that its scheduler waits for the next time, `intervalMs` later. */
async function running(intervalMs: number, workers = ['a']) {
  const task = observedTask(name, intervalMs);
  const log = recordedLog();
  const engines = await Promise.all(workers.map((worker) => anotherEngine(log, { worker })));
  for (const engine of engines) await engine.start([task.task]);
  const queue = plainQueue(redis.url, queueName);
  await waitUntil('the first run', async () => (await queue.getCompletedCount()) >= 1);
  return { engines, task, log, queue, next: await nextOf(queue) };
}

async function nextOf(queue: Queue): Promise<number> {
  return (await queue.getJobScheduler(name))?.next ?? 0;
}

/** When Postgres has the task due next: the first time and then every interval. */
async function dueAt(): Promise<number> {
  const [task] = await readTasks(databases.outbox);
  return task?.nextDueAt.getTime() ?? 0;
}

async function waitForDelayed(queue: Queue): Promise<void> {
  await waitUntil('a next job waits', async () => (await queue.getDelayedCount()) === 1);
}

function warnings(lines: readonly string[]): string[] {
  return lines.filter((line) => line.startsWith('warn') && line.includes('a job scheduler had stopped'));
}

/** Takes the job of the next time away without a trace, which BullMQ itself refuses. */
async function loseNextJob(next: number): Promise<void> {
  const client = direct();
  await client.zrem(`bull:${queueName}:delayed`, `repeat:${name}:${String(next)}`);
  await client.del(`bull:${queueName}:repeat:${name}:${String(next)}`);
}

/** Moves the job of the next time to another time, in one step, as BullMQ keeps it. */
async function moveNextJob(next: number, to: number): Promise<void> {
  const [id, movedId] = [next, to].map((time) => `repeat:${name}:${String(time)}`);
  await direct()
    .multi()
    .rename(`bull:${queueName}:${String(id)}`, `bull:${queueName}:${String(movedId)}`)
    .zrem(`bull:${queueName}:delayed`, String(id))
    .zadd(`bull:${queueName}:delayed`, String(to * 0x1000 + 1), String(movedId))
    .zadd(`bull:${queueName}:repeat`, to, name)
    .exec();
}

describe('a job scheduler that has silently stopped', () => {
  it('because its next job was lost is entered again for the same time', async () => {
    const { queue, log, next, task } = await running(hour);
    await loseNextJob(next);
    expect(await queue.getDelayedCount()).toBe(0);
    await waitForDelayed(queue);
    expect(await nextOf(queue)).toBe(next);
    await waitUntil('it is logged', () => warnings(log.lines).length === 1);
    expect(warnings(log.lines)[0]).toContain('the job of its next time was gone');
    expect(task.requests).toHaveLength(1);
  });

  it('because what is left of its next job stands in no list is entered again for the same time', async () => {
    const { queue, next } = await running(hour);
    await direct().zrem(`bull:${queueName}:delayed`, `repeat:${name}:${String(next)}`);
    await waitForDelayed(queue);
    expect(await nextOf(queue)).toBe(next);
  });

  it('because somebody removed it, or Redis forgot everything, is entered again and keeps its phase', async () => {
    const { queue, log, task } = await running(hour);
    await queue.removeJobScheduler(name);
    await waitForDelayed(queue);
    expect(await nextOf(queue)).toBe(await dueAt());
    await waitUntil('it is logged', () => warnings(log.lines).length === 1);
    expect(warnings(log.lines)[0]).toContain('it was not in Redis any more');

    await direct().flushall();
    await waitForDelayed(queue);
    expect(await nextOf(queue)).toBe(await dueAt());
    expect(task.requests).toHaveLength(1);
  });

  it('because its queue was obliterated is entered again', async () => {
    const { queue, task } = await running(hour);
    await queue.obliterate({ force: true });
    await waitForDelayed(queue);
    expect(await nextOf(queue)).toBe(await dueAt());
    await queue.add(name, {});
    await waitUntil('jobs are done', () => task.requests.length === 2);
  });

  it('because no next job was made when the last one started is entered again', async () => {
    const { queue, task, engines, log } = await running(1_500);
    await waitUntil('a second run', () => task.requests.length === 2);
    await Promise.all(engines.map((engine) => engine.stop()));
    // As it was left by BullMQ where a job of the next time existed already: its time stands at a job that is over.
    const next = await nextOf(queue);
    const client = direct();
    await client.zrem(`bull:${queueName}:delayed`, `repeat:${name}:${String(next)}`);
    await client.zadd(`bull:${queueName}:completed`, next, `repeat:${name}:${String(next)}`);

    const again = observedTask(name, 1_500);
    const engine = await anotherEngine(log);
    await engine.start([again.task]);
    await waitUntil('it runs again', () => again.requests.length >= 2);
    expect(warnings(log.lines)[0]).toContain('no next one had been made');
    expect(((await nextOf(queue)) - next) % 1_500).toBe(0);
  });

  it('because nobody took its job in time has it taken now', async () => {
    const { queue, next, task, log } = await running(hour);
    // The wake-up of the workers is lost, and the time has passed.
    await moveNextJob(next, next - 2 * hour);
    await waitUntil('it runs', () => task.requests.length === 2);
    await waitForDelayed(queue);
    const later = await nextOf(queue);
    expect(later).toBeGreaterThan(Date.now());
    expect((later - next) % hour).toBe(0);
    expect(warnings(log.lines)[0]).toContain('nobody took its job');
  });

  it('because its next time is further away than its interval is entered again', async () => {
    const { queue, next, log } = await running(hour);
    await moveNextJob(next, next + 5 * hour);
    await waitUntil('it is told', () =>
      warnings(log.lines).some((line) => line.includes('further away than its interval')),
    );
    await waitForDelayed(queue);
    expect(await nextOf(queue)).toBe(await dueAt());
  });

  it('is entered once when two workers notice it together', async () => {
    const { queue, log, next, task } = await running(hour, ['a', 'b']);
    for (let round = 1; round <= 5; round += 1) {
      await loseNextJob(next);
      await waitForDelayed(queue);
      await waitUntil('it is told', () => warnings(log.lines).length >= round);
      // One of the two may still take the other's entry away, and enters it then.
      const isAsBefore = async (): Promise<boolean> =>
        (await nextOf(queue)) === next && (await queue.getDelayedCount()) === 1;
      await waitUntil('it is as before', isAsBefore);
    }
    await direct().flushall();
    await waitForDelayed(queue);
    await waitUntil('all is quiet', async () => (await queue.getWaitingCount()) === 0);
    expect(await queue.getDelayedCount()).toBe(1);
    expect(task.requests).toHaveLength(1);
  });

  it('keeps a shorter interval than it had, also when a job starts late', async () => {
    const { queue, engines, log } = await running(hour);
    await Promise.all(engines.map((engine) => engine.stop()));
    const shorter = observedTask(name, 1_000);
    const engine = await anotherEngine(log, { watch: { ...watch, lookMs: hour } }); // mends nothing
    await engine.start([shorter.task]);
    await waitUntil('it runs', () => shorter.requests.length >= 2);
    await queue.pause();
    const next = await nextOf(queue);
    await waitUntil('two times have passed', () => Date.now() > next + 2_500);
    const runs = shorter.requests.length;
    await queue.resume();
    await waitUntil('it goes on', () => shorter.requests.length >= runs + 3);
  });

  it('catches up the time that passed meanwhile with one run', async () => {
    const { queue, engines, task } = await running(2_000, ['a', 'b']);
    await Promise.all(engines.map((engine) => engine.stop()));
    const runs = task.requests.length;
    const next = await nextOf(queue);
    await loseNextJob(next);
    await waitUntil('three times have passed', () => Date.now() > next + 4_500);
    const later = ['a', 'b'].map(() => observedTask(name, 2_000));
    const log = recordedLog();
    for (const { task: each } of later) {
      const engine = await anotherEngine(log);
      await engine.start([each]);
    }
    const ran = (): number => later.reduce((sum, { requests }) => sum + requests.length, 0);
    // The very first run of all, and the one that catches up.
    const dueJobs = async (): Promise<number> =>
      (await queue.getCompleted()).filter(({ id }) => id?.startsWith('due-')).length;
    await waitUntil('the missed time was caught up', async () => (await dueJobs()) === 2);
    expect(((await nextOf(queue)) - next) % 2_000).toBe(0);
    const caughtUp = ran();
    await waitUntil('the next times come', () => ran() >= caughtUp + 2);
    expect(await dueJobs()).toBe(2);
    expect(task.requests).toHaveLength(runs);
  });
});
