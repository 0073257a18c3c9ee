import type { Job, Queue } from 'bullmq';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pauseTask } from '../../src/outbox/pauseTask.js';
import { readTasks } from '../../src/outbox/readTasks.js';
import type { Task } from '../../src/tasks/engine.js';
import { testDatabases } from '../support/outbox.js';
import type { TestDatabases } from '../support/databases.js';
import { waitUntil } from '../support/waitUntil.js';
import { observedTask, openTestEngine, plainQueue, recordedLog } from './support/bullmqScene.js';
import { startRedis, type TestRedis } from './support/redis.js';

const hour = 3_600_000;
let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis({ password: 'not:for/logs' });
});
afterAll(() => redis.close());

let databases: TestDatabases;
let queueName: string;
let queues = 0;
beforeEach(async () => {
  databases = await testDatabases();
  queueName = `waybill-${String((queues += 1))}`;
});

async function started(tasks: readonly Task[], options: { worker?: string; claimLeaseMs?: number } = {}) {
  const log = recordedLog();
  const engine = await openTestEngine({
    outbox: databases.outbox,
    redisUrl: redis.url,
    queue: queueName,
    log,
    ...options,
  });
  const scheduled = await engine.start(tasks);
  return { engine, scheduled, log, queue: plainQueue(redis.url, queueName) };
}

/** The job as it is kept when it is over. */
async function finished(queue: Queue, { id = '' }: Job): Promise<Job> {
  let found: Job | undefined;
  await waitUntil('the job is over', async () => {
    found = await queue.getJob(id);
    return found?.finishedOn !== undefined;
  });
  if (found === undefined) throw new Error('A finished job is kept.');
  return found;
}

describe('a task on BullMQ', () => {
  it('runs at once when it is new and then at its interval, in time', async () => {
    const often = observedTask('process_events', 1_000);
    const rarely = observedTask('clean_events_outbox', hour);
    const { queue, scheduled } = await started([often.task, rarely.task]);
    expect(scheduled.map(({ name, intervalMs }) => [name, intervalMs])).toEqual([
      ['process_events', 1_000],
      ['clean_events_outbox', hour],
    ]);
    await waitUntil('five runs', () => often.requests.length >= 5);
    expect(rarely.requests).toHaveLength(1);
    const schedulers = await queue.getJobSchedulers();
    expect(new Map(schedulers.map(({ key, every }) => [key, every]))).toEqual(
      new Map([
        ['process_events', 1_000],
        ['clean_events_outbox', hour],
      ]),
    );
    const due = schedulers.find(({ key }) => key === 'clean_events_outbox')?.next ?? 0;
    expect((due - (scheduled[1]?.nextDueAt.getTime() ?? 0)) % hour).toBe(0);
  });

  it('shows in a dashboard what its run reports: progress, return value and the schedulers', async () => {
    const startedAt = new Date('2026-01-02T03:04:05.678Z');
    const report = { runId: 'r', startedAt, eventsDelivered: 12 } as never;
    const { task } = observedTask('process_events', hour, {
      work: ({ onProgress }) => {
        for (let events = 1; events <= 100; events += 1) onProgress?.({ events });
        return Promise.resolve({ error: undefined, report });
      },
    });
    const { queue } = await started([task]);
    await waitUntil('the first run', async () => (await queue.getCompletedCount()) === 1);
    const [job] = await queue.getCompleted();
    expect(job?.returnvalue).toEqual({
      runId: 'r',
      startedAt: '2026-01-02T03:04:05.678Z',
      eventsDelivered: 12,
    });
    expect(job?.progress).toEqual({ events: 100 });
    expect(job?.processedBy).toBe('a');
  });

  it('fails its job with the error of the run, whose report is in the log of the job', async () => {
    const report = { eventsDelivered: 3, endedBecause: 'failed' } as never;
    const { task } = observedTask('process_events', hour, {
      work: () => Promise.resolve({ error: 'ClickHouse is out of paper', report }),
    });
    const { queue, log } = await started([task]);
    await waitUntil('the first run', async () => (await queue.getFailedCount()) === 1);
    const [job] = await queue.getFailed();
    expect(job?.failedReason).toBe('ClickHouse is out of paper');
    expect((await queue.getJobLogs(job?.id ?? '')).logs).toEqual([JSON.stringify(report)]);
    expect(log.lines.filter((line) => line.includes('a job has failed'))).toHaveLength(1);
    expect((await readTasks(databases.outbox))[0]?.lastError).toBe('ClickHouse is out of paper');
  });

  it('has the working time that its job names in seconds, and does not run for one that is no time', async () => {
    const { task, requests } = observedTask('process_events', hour);
    const { queue } = await started([task]);
    await waitUntil('the first run', () => requests.length === 1);
    expect((await finished(queue, await queue.add('process_events', { ttl: 90 }))).returnvalue).toBeNull();
    expect(requests[1]?.ttlMs).toBe(90_000);
    const refused = await finished(
      queue,
      await queue.add('process_events', { ttl: 'soon' }, { attempts: 5 }),
    );
    expect(refused.failedReason).toMatch(/^ttl of the job is "soon".*Nothing was run/);
    expect(refused.attemptsMade).toBe(1);
    expect(requests).toHaveLength(2);
  });

  it('answers a job while it runs or is paused, without another run', async () => {
    const held = observedTask('process_events', hour, { held: true });
    const { queue } = await started([held.task]);
    await waitUntil('it runs', () => held.requests.length === 1);
    const beside = await finished(queue, await queue.add('process_events', {}));
    expect(beside.returnvalue).toEqual({ skipped: 'already_running' });
    held.release();
    await pauseTask(databases.outbox, { name: 'process_events', performedBy: 'anna' });
    await waitUntil('no job is active', async () => (await queue.getActiveCount()) === 0);
    const paused = await finished(queue, await queue.add('process_events', {}));
    expect(paused.returnvalue).toEqual({ skipped: 'paused' });
    expect(held.requests).toHaveLength(1);
  });

  it('refuses a job that is none of its tasks, and goes on', async () => {
    const { task, requests } = observedTask('process_events', hour);
    const { queue } = await started([task]);
    const refused = await finished(queue, await queue.add('send_mails', {}, { attempts: 3 }));
    expect(refused.failedReason).toBe(
      'There is no task send_mails; this queue takes: process_events. Nothing was run.',
    );
    expect((await finished(queue, await queue.add('process_events', {}))).failedReason).toBeUndefined();
    expect(requests.length).toBeGreaterThanOrEqual(1);
  });
});

describe('a worker that starts again', () => {
  it('keeps the time of its task and starts no run of its own', async () => {
    const first = observedTask('process_events', hour);
    const before = await started([first.task]);
    await waitUntil('the first run', () => first.requests.length === 1);
    await before.engine.stop();
    const next = (await before.queue.getJobScheduler('process_events'))?.next;
    for (let start = 0; start < 3; start += 1) {
      const again = observedTask('process_events', hour);
      const { engine, scheduled } = await started([again.task]);
      expect(scheduled[0]?.nextDueAt.getTime()).toBe(next);
      await engine.stop();
      expect(again.requests).toHaveLength(0);
    }
    expect((await before.queue.getJobScheduler('process_events'))?.next).toBe(next);
    expect(await before.queue.getDelayedCount()).toBe(1);
  });

  it('takes up another interval, counted from the last run', async () => {
    const first = observedTask('process_events', hour);
    const before = await started([first.task]);
    await waitUntil('the first run', () => first.requests.length === 1);
    await before.engine.stop();
    const lastStartedMs = (await readTasks(databases.outbox))[0]?.lastStartedAt?.getTime() ?? 0;
    const longer = observedTask('process_events', 2 * hour);
    const { engine, scheduled, queue } = await started([longer.task]);
    expect(scheduled[0]?.nextDueAt.getTime()).toBeCloseTo(lastStartedMs + 2 * hour, -3);
    await engine.stop();
    expect(longer.requests).toHaveLength(0);
    expect(await queue.getDelayedCount()).toBe(1);

    const shorter = observedTask('process_events', 1_000);
    await started([shorter.task]);
    await waitUntil('it runs at the shorter interval', () => shorter.requests.length >= 3);
    expect((await queue.getJobScheduler('process_events'))?.every).toBe(1_000);
  });
});

describe('a worker that stops', () => {
  it('ends the run under way, and leaves no claim and no job in work', async () => {
    const held = observedTask('process_events', hour, { held: true });
    const { engine, queue } = await started([held.task]);
    await waitUntil('it runs', () => held.requests.length === 1);
    await Promise.all([engine.stop(), engine.stop()]);
    expect(held.requests[0]?.signal.aborted).toBe(true);
    expect((await readTasks(databases.outbox))[0]?.claimedBy).toBeUndefined();
    expect(await queue.getJobCounts('active', 'wait', 'completed')).toEqual({
      active: 0,
      wait: 0,
      completed: 1,
    });
  });

  it('puts back a job of which nobody knows yet whether it needs a run, for another worker', async () => {
    const quick = observedTask('process_events', hour);
    const before = await started([quick.task]);
    await waitUntil('the first run', async () => (await before.queue.getCompletedCount()) === 1);
    await before.engine.stop();
    // A worker that died holds the claim: whoever gets the job waits until it expires.
    await databases.pool.query(
      `UPDATE waybill.task SET claimed_by = 'dead', claim_epoch = claim_epoch + 1,
              claim_expires_at = clock_timestamp() + interval '1 hour'`,
    );
    const { engine, queue } = await started([quick.task]);
    const job = await queue.add('process_events', {});
    await waitUntil('it is in work', async () => (await job.getState()) === 'active');
    await engine.stop();
    expect(await job.getState()).toBe('waiting');

    await databases.pool.query(`UPDATE waybill.task SET claim_expires_at = clock_timestamp()`);
    const heir = observedTask('process_events', hour);
    await started([heir.task], { worker: 'b' });
    expect((await finished(queue, job)).processedBy).toBe('b');
    expect(heir.requests).toHaveLength(1);
  });
});
