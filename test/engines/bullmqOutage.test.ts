import { Redis } from 'ioredis';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { requestTaskRun } from '../../src/outbox/requestTaskRun.js';
import { readTasks } from '../../src/outbox/readTasks.js';
import { testDatabases } from '../support/outbox.js';
import type { TestDatabases } from '../support/databases.js';
import { waitUntil } from '../support/waitUntil.js';
import { observedTask, openTestEngine, plainQueue, recordedLog } from './support/bullmqScene.js';
import { startRedis, type RedisOptions, type TestRedis } from './support/redis.js';

const hour = 3_600_000;
const name = 'process_events';
const password = 'p4ssw0rd/with@signs';

let databases: TestDatabases;
beforeEach(async () => {
  databases = await testDatabases();
});

async function testRedis(options: RedisOptions = {}): Promise<TestRedis> {
  const redis = await startRedis(options);
  onTestFinished(() => redis.close());
  return redis;
}

describe('a worker whose Redis is away', () => {
  it('starts nevertheless, runs what a person asks for, and begins when Redis is there', async () => {
    const redis = await testRedis({ password });
    await redis.stop();
    const { task, requests } = observedTask(name, hour);
    const log = recordedLog();
    const engine = await openTestEngine({
      outbox: databases.outbox,
      redisUrl: redis.url,
      queue: 'q',
      log,
    });
    const [scheduled] = await engine.start([task]);
    expect(scheduled).toMatchObject({ name, intervalMs: hour });
    await requestTaskRun(databases.outbox, { name, performedBy: 'anna' });
    await waitUntil('the run that was asked for', () => requests.length === 1);

    await redis.start();
    const queue = plainQueue(redis.url, 'q');
    await waitUntil('the scheduler is entered', async () => (await queue.getDelayedCount()) === 1, 40_000);
    expect(log.lines.filter((line) => line.startsWith('warn: Redis cannot be reached'))).toHaveLength(1);
    expect(log.lines.join()).toContain('Redis answers again');
    expect(log.lines.join()).toContain(`127.0.0.1:${String(redis.port)}`);
    expect(log.lines.join()).not.toContain('p4ssw0rd');
  });

  it('stops, while it runs a task and when it never found Redis', async () => {
    const redis = await testRedis();
    const held = observedTask(name, hour, { held: true });
    // The schedulers are looked at all the time, so that one look is under way when Redis goes.
    const watch = { lookMs: 1, graceMs: hour };
    const common = { outbox: databases.outbox, redisUrl: redis.url, queue: 'q', watch };
    const log = recordedLog();
    const engine = await openTestEngine({ ...common, log });
    await engine.start([held.task]);
    await waitUntil('it runs', () => held.requests.length === 1);
    await redis.kill();
    await waitUntil('the outage is noticed', () => log.lines.join().includes('Redis cannot be reached'));
    await engine.stop();
    expect(held.requests[0]?.signal.aborted).toBe(true);
    expect((await readTasks(databases.outbox))[0]?.claimedBy).toBeUndefined();

    const never = await openTestEngine(common);
    const starting = never.start([held.task]);
    await never.stop();
    await starting;
  });

  it('stops when Redis does not answer, and another worker does the job again', async () => {
    const redis = await testRedis();
    const held = observedTask(name, hour, { held: true });
    const log = recordedLog();
    const common = { outbox: databases.outbox, redisUrl: redis.url, queue: 'q', claimLeaseMs: 2_000 };
    const engine = await openTestEngine({ ...common, log });
    await engine.start([held.task]);
    await waitUntil('it runs', () => held.requests.length === 1);
    redis.freeze();
    await engine.stop();
    expect((await readTasks(databases.outbox))[0]?.claimedBy).toBeUndefined();
    expect(log.lines.join()).toContain('Redis could not be told how the last jobs ended');

    redis.thaw();
    const heir = observedTask(name, hour);
    const other = await openTestEngine({ ...common, worker: 'b' });
    await other.start([heir.task]);
    await waitUntil('the job is done again', () => heir.requests.length === 1);
  });

  it('goes on by itself after Redis was killed and came back, with a run that was under way', async () => {
    const redis = await testRedis();
    const held = observedTask(name, 1_000, { held: true });
    const engine = await openTestEngine({
      outbox: databases.outbox,
      redisUrl: redis.url,
      queue: 'q',
      claimLeaseMs: 2_000,
    });
    await engine.start([held.task]);
    await waitUntil('it runs', () => held.requests.length === 1);
    await redis.kill();
    held.release();
    await redis.start();
    for (let run = 2; run <= 4; run += 1) {
      await waitUntil(`run ${String(run)}`, () => held.requests.length >= run, 40_000);
      held.release();
    }
  });
});

describe('a Redis that is not as it should be', () => {
  it('refuses a wrong password, which is logged nowhere, and is tried again until it takes it', async () => {
    const redis = await testRedis({ password: 'another' });
    const url = new URL(redis.url);
    url.password = encodeURIComponent(password);
    const { task, requests } = observedTask(name, hour);
    const log = recordedLog();
    const engine = await openTestEngine({
      outbox: databases.outbox,
      redisUrl: url.href,
      queue: 'q',
      log,
    });
    await engine.start([task]);
    expect(log.lines.join()).toMatch(/WRONGPASS|NOAUTH/);
    expect(requests).toHaveLength(0);

    const operator = new Redis(redis.url);
    await operator.config('SET', 'requirepass', password);
    operator.disconnect();
    await waitUntil('the first run', () => requests.length === 1, 60_000);
    await engine.stop();
    expect(log.lines.join()).not.toContain('p4ssw0rd');
    expect(log.lines.join()).not.toContain(encodeURIComponent(password));
  });

  it('has no database of this number: none of its others is used instead', async () => {
    const redis = await testRedis();
    const { task } = observedTask(name, hour);
    const log = recordedLog();
    const engine = await openTestEngine({
      outbox: databases.outbox,
      redisUrl: redis.url.replace(/\/0$/, '/99'),
      queue: 'q',
      log,
    });
    await engine.start([task]);
    await waitUntil('it is said', () => log.lines.join().includes('DB index is out of range'));
    await engine.stop();
    const operator = new Redis(redis.url);
    onTestFinished(() => {
      operator.disconnect();
    });
    expect(await operator.dbsize()).toBe(0);
  });

  it('may evict keys, which is a line of our log and not one on the console', async () => {
    const written = (['log', 'warn', 'error'] as const).map((method) =>
      vi.spyOn(console, method).mockImplementation(() => undefined),
    );
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    const redis = await testRedis({ config: { 'maxmemory-policy': 'allkeys-lru' } });
    const { task, requests } = observedTask(name, hour);
    const log = recordedLog();
    const engine = await openTestEngine({
      outbox: databases.outbox,
      redisUrl: redis.url,
      queue: 'q',
      log,
    });
    await engine.start([task]);
    await waitUntil('the first run', () => requests.length === 1);
    await engine.stop();
    expect(
      log.lines.filter((line) => line.startsWith('warn: maxmemory-policy of Redis is allkeys-lru')),
    ).toHaveLength(1);
    for (const method of written) expect(method).not.toHaveBeenCalled();
  });
});
