import { Queue, Worker, type Job } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLogger } from '../../src/observe/logger.js';
import { scheduleTask } from '../../src/outbox/scheduleTask.js';
import { OutageLog } from '../../src/tasks/engines/bullmq/outageLog.js';
import { SchedulerWatch } from '../../src/tasks/engines/bullmq/schedulerWatch.js';
import { testDatabases } from '../support/outbox.js';
import { observedTask } from './support/bullmqScene.js';
import { startRedis, type TestRedis } from './support/redis.js';

const minute = 60_000;
const day = 1_440 * minute;
const name = 'process_events';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());

const zone = process.env['TZ'];
beforeEach(() => {
  process.env['TZ'] = 'Europe/Berlin';
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

/** BullMQ says that there is always one. */
function nextJob(worker: Worker): Promise<Job | undefined> {
  return worker.getNextJob('token', { block: false });
}

/** Numbers from 0 up to 1 that are the same at each run. */
function drawing(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/**
 * The times of a year as the scripts of BullMQ compute them in a real Redis, in a time of the test's own: the clock goes to
 * where the next job is due and a little beyond, and a worker takes the job as it does in earnest.
 */
describe('the times of a job scheduler over a year', () => {
  it.each([7, 45, 1_440])(
    'are %i minutes apart across restarts and changes of the clock',
    { timeout: 300_000 }, // as in simulatedYear.test.ts: 75,000 jobs at the shortest interval
    async (minutes) => {
      const intervalMs = minutes * minute;
      const { outbox } = await testDatabases();
      const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
      const queueName = `year-${String(minutes)}`;
      const options = { connection, skipVersionCheck: true };
      const queue = new Queue(queueName, options);
      const openWorker = (): Worker =>
        new Worker(queueName, null, { ...options, removeOnComplete: { count: 200 } });
      let worker = openWorker();
      onTestFinished(async () => {
        await worker.close(true);
        await queue.close();
        connection.disconnect();
      });
      const watch = new SchedulerWatch({
        queue,
        tasks: [observedTask(name, intervalMs).task],
        outbox,
        times: { lookMs: minute, graceMs: minute },
        logger: silentLogger,
        outages: new OutageLog(silentLogger, redis.url),
      });
      const begin = new Date('2026-01-01T00:17:31.250Z').getTime();
      vi.setSystemTime(begin);
      await scheduleTask(outbox, { name, intervalMs, engine: 'bullmq' });
      await outbox.pool.query('UPDATE waybill.task SET next_due_at = $1', [new Date(begin)]);
      await watch.enter();

      const draw = drawing(minutes);
      /** Those for which a job was taken. */
      const times: number[] = [];
      const offsets = new Set<number>();
      let restarts = 0;
      let missed = 0;
      const takeJobs = async (): Promise<void> => {
        for (;;) {
          const job = await nextJob(worker);
          if (job?.id === undefined) return;
          times.push(Number(job.id.split(/[-:]/).at(-1)));
          await job.moveToCompleted({}, 'token', false);
          if (job.id.startsWith('repeat:')) return; // the next one lies ahead
        }
      };
      let over = false;
      while (!over) {
        const nextMs = (await queue.getJobScheduler(name))?.next ?? 0;
        offsets.add(new Date(nextMs).getTimezoneOffset());
        if (draw() < 0.02) {
          // The worker stops, and another one starts: before the next time, or after it and up to five more.
          vi.setSystemTime(Date.now() + Math.round(draw() * 6 * intervalMs));
          missed += Math.max(0, Math.floor((Date.now() - nextMs) / intervalMs));
          await worker.close(true);
          worker = openWorker();
          await watch.enter();
          restarts += 1;
        } else {
          // A job is taken up to two seconds late, and the watch looks in between.
          vi.setSystemTime(nextMs + Math.round(draw() * 2_000));
          if (draw() < 0.05) await watch.look();
          over = nextMs > begin + 365 * day;
        }
        await takeJobs();
      }

      expect([...offsets].sort()).toEqual([-120, -60]); // both changes of the clock are within the year
      expect(restarts).toBeGreaterThan(0);
      expect(times[0]).toBe(begin);
      // Every time is one of the phase, and none comes twice.
      expect(times.filter((time) => (time - begin) % intervalMs !== 0)).toEqual([]);
      expect(new Set(times).size).toBe(times.length);
      // None is missing but those that passed while no worker was there, each such while being caught up once.
      const due = Math.floor(((times.at(-1) ?? 0) - begin) / intervalMs) + 1;
      expect(due - times.length).toBe(missed);
      expect(times.length).toBeGreaterThan((365 * day) / intervalMs / 2);
    },
  );
});
