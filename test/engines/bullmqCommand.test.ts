import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { expect, it, describe, onTestFinished } from 'vitest';
import { runCommand, startCommand, type RunningCommand } from '../support/command.js';
import { readTasks } from '../../src/outbox/readTasks.js';
import type { TestDatabases } from '../support/databases.js';
import { testDatabases } from '../support/outbox.js';
import { waitUntil } from '../support/waitUntil.js';
import { startRedis, type TestRedis } from './support/redis.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A worker as people start it, with a Redis of its own. It has entered its tasks. */
async function startedWorker(): Promise<{
  databases: TestDatabases;
  redis: TestRedis;
  worker: RunningCommand;
}> {
  const redis = await startRedis({ password: 's3cret' });
  onTestFinished(() => redis.close());
  const databases = await testDatabases();
  const worker = startCommand(['worker'], {
    ...databases.environment,
    TASK_ENGINE: 'bullmq',
    REDIS_URL: redis.url,
    LOG_FORMAT: 'json',
  });
  onTestFinished(() => void worker.process.kill('SIGKILL'));
  await waitUntil('the tasks are scheduled', () => worker.stderr().split('task scheduled').length === 3);
  return { databases, redis, worker };
}

function lines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('waybill worker with TASK_ENGINE=bullmq', () => {
  it('says which engine starts which task, and when next; and ends in order', async () => {
    const beganAtMs = Date.now();
    const { worker } = await startedWorker();
    worker.process.kill('SIGTERM');
    const { exitCode, stdout, stderr } = await worker.ended;
    expect(exitCode).toBe(0);
    expect(stdout).toBe('');
    const log = lines(stderr);
    expect(log.find(({ msg }) => msg === 'worker started')).toMatchObject({ engine: 'bullmq' });
    const scheduled = log.filter(({ msg }) => msg === 'task scheduled');
    expect(scheduled.map(({ task }) => task)).toEqual(['process_events', 'clean_events_outbox']);
    for (const { nextDueAt } of scheduled)
      expect(new Date(String(nextDueAt)).getTime()).toBeGreaterThanOrEqual(beganAtMs);
    expect(stderr).not.toContain('s3cret');
  });

  it.each(['freeze', 'kill'] as const)('ends when it is told to, after a %s of its Redis', async (how) => {
    const { redis, worker } = await startedWorker();
    await redis[how]();
    if (how === 'kill')
      await waitUntil('it is noticed', () => worker.stderr().includes('Redis cannot be reached'));
    worker.process.kill('SIGTERM');
    expect((await worker.ended).exitCode).toBe(0);
  });

  it('ends when it is told to while Redis lets no further connection in', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.close());
    const operator = new Redis(redis.url);
    onTestFinished(() => {
      operator.disconnect();
    });
    await operator.config('SET', 'maxclients', 2); // the operator's, and one of the two that BullMQ needs
    const worker = startCommand(['worker'], {
      ...(await testDatabases()).environment,
      TASK_ENGINE: 'bullmq',
      REDIS_URL: redis.url,
    });
    onTestFinished(() => void worker.process.kill('SIGKILL'));
    await waitUntil('it has started', () => worker.stderr().includes('Redis has not answered yet'));
    await operator.config('SET', 'maxclients', 1); // nor in place of the one that goes
    worker.process.kill('SIGTERM');
    expect((await worker.ended).exitCode).toBe(0);
  });

  it('asks for REDIS_URL', async () => {
    const { exitCode, stderr } = await runCommand(['worker'], { TASK_ENGINE: 'bullmq' });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('REDIS_URL: is not set');
  });
});

describe('the page on task engines', () => {
  it('starts a run from code, and gets its report', async () => {
    const { databases, redis } = await startedWorker();
    await waitUntil('the first run has ended', async () => {
      const [task] = await readTasks(databases.outbox);
      return task?.lastFinishedAt !== undefined;
    });
    const page = await readFile(`${root}docs/task-engines.md`, 'utf8');
    const snippet = /^## BullMQ$.*?^```ts$(.*?)^```$/ms.exec(page)?.[1] ?? '';
    const run = spawn(process.execPath, ['--input-type=module', '--eval', snippet], {
      cwd: root,
      env: { ...process.env, REDIS_URL: redis.url },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [run.stdout, run.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const exitCode = await new Promise((resolve) => run.once('close', resolve));
    expect(output).toMatch(/runId: '.*'/);
    expect(output).toContain('eventsDelivered: 0');
    expect(exitCode).toBe(0);
  });
});
