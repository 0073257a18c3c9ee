import { describe, expect, it } from 'vitest';
import { claimTask } from '../../src/outbox/claimTask.js';
import { pauseTask } from '../../src/outbox/pauseTask.js';
import { requestTaskRun } from '../../src/outbox/requestTaskRun.js';
import { waitUntil } from '../support/waitUntil.js';
import { brokerPassword, celeryBrokerKinds } from './support/celeryBrokers.js';
import { suiteBroker } from './support/celeryTest.js';

const process_events = 'process_events';
describe.each(celeryBrokerKinds)('the celery engine on $name', (kind) => {
  const { broker, open } = suiteBroker(kind);

  describe('what a message ends in', () => {
    it('is a run with its ttl, whose report AsyncResult.get() returns', async () => {
      const { client, send, start } = await open();
      const scene = await start();
      const id = await send({ kwargs: { ttl: 90 } });
      await waitUntil('it runs', () => scene.runs.length === 1);
      expect(scene.runs[0]?.request.ttlMs).toBe(90_000);
      scene.let({ error: undefined, report: { ...cleanReport, eventsDeleted: 7 } });
      const { state, value, done_at } = await client.get(id);
      expect(state).toBe('SUCCESS');
      expect(value).toMatchObject({ startedAt: '2026-01-02T03:04:05.678Z', eventsDeleted: 7 });
      if (kind.name === 'Redis') expect(done_at).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d/);
    });

    it('is a RuntimeError in Python with what went wrong', async () => {
      const { client, send, start } = await open();
      (await start()).let({ error: 'ClickHouse is on fire', report: undefined });
      const answer = await client.get(await send());
      expect(answer).toMatchObject({
        state: 'FAILURE',
        raised: 'builtins.RuntimeError',
        text: 'ClickHouse is on fire',
      });
    });

    it('is the same for what a task throws', async () => {
      const { client, send, start } = await open();
      (await start()).let(new Error('nobody expected this'));
      const answer = await client.get(await send());
      expect(answer).toMatchObject({ raised: 'builtins.RuntimeError', text: 'nobody expected this' });
    });

    it('is the run under way, for messages that come meanwhile, and a run again after it', async () => {
      const { client, send, start, queue } = await open();
      const scene = await start();
      const first = await send();
      await waitUntil('it runs', () => scene.runs.length === 1);
      for (let sent = 0; sent < 3; sent += 1)
        expect(await client.get(await send())).toMatchObject({
          state: 'SUCCESS',
          value: { skipped: 'already_running' },
        });
      expect(scene.runs).toHaveLength(1);
      scene.let();
      expect(await client.get(first)).toMatchObject({ state: 'SUCCESS', value: null });
      expect(await client.get(await send())).toMatchObject({ state: 'SUCCESS', value: null });
      expect(scene.runs).toHaveLength(2);
      await scene.engine.stop();
      expect(await broker().waiting(queue)).toBe(0);
    });

    it('is a run of the other task while one of the first is under way', async () => {
      const { send, start } = await open();
      const scene = await start();
      await send();
      await send({}, 'clean_events_outbox');
      await waitUntil('both run', () => scene.runs.length === 2);
      expect(scene.runs.map(({ task }) => task).sort()).toEqual(['clean_events_outbox', process_events]);
    });

    it('is nothing while a person has paused the task, unless a person asks for a run', async () => {
      const { client, databases, send, start } = await open();
      const scene = await start();
      await pauseTask(databases.outbox, { name: process_events, performedBy: 'anna' });
      expect(await client.get(await send())).toMatchObject({
        state: 'SUCCESS',
        value: { skipped: 'paused' },
      });
      expect(scene.runs).toEqual([]);
      await requestTaskRun(databases.outbox, { name: process_events, performedBy: 'anna', ttlMs: 5_000 });
      await waitUntil('it runs', () => scene.runs.length === 1);
      expect(scene.runs[0]?.request.ttlMs).toBe(5_000);
    });

    it('is TaskRevokedError for one that expires in hand, and nothing is run for it', async () => {
      const { client, send, start, queue } = await open();
      const scene = await start();
      await waitUntil('it waits for messages', () =>
        scene.lines.some(({ message }) => message === 'waits for messages of Celery'),
      );
      // RabbitMQ drops by itself what expires in the queue: Celery gives it the time, too.
      const id = await send({ options: { countdown: 600, expires: 3 } });
      expect(await client.get(id)).toMatchObject({
        state: 'REVOKED',
        raised: 'celery.exceptions.TaskRevokedError',
        text: 'expired',
      });
      expect(scene.runs).toEqual([]);
      await scene.engine.stop();
      expect(await broker().waiting(queue)).toBe(0);
    });

    it('is no run of one that expired before a worker came', async () => {
      const { client, send, start, queue } = await open();
      await send({ options: { expires: 0.05 } });
      const sentAtMs = Date.now();
      await waitUntil('it has expired', () => Date.now() > sentAtMs + 60);
      const scene = await start();
      scene.let();
      // RabbitMQ has dropped it, since Celery sends it with that lifetime; in Redis it is there, and revoked.
      expect(await client.get(await send())).toMatchObject({ state: 'SUCCESS' });
      expect(scene.runs).toHaveLength(1);
      await scene.engine.stop();
      expect(await broker().waiting(queue)).toBe(0);
    });

    it('is a run of one that has not expired yet', async () => {
      const { client, send, start } = await open();
      (await start()).let();
      expect(await client.get(await send({ options: { expires: 600 } }))).toMatchObject({ state: 'SUCCESS' });
    });

    it('is NotRegistered for an unknown task, which stops nothing', async () => {
      const { client, send, start } = await open();
      const scene = await start();
      scene.let();
      expect(await client.get(await send({}, 'send_newsletter'))).toMatchObject({
        state: 'FAILURE',
        raised: 'celery.exceptions.NotRegistered',
        text: "'send_newsletter'",
      });
      expect(scene.lines).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          fields: expect.objectContaining({ task: 'send_newsletter' }) as object,
        }),
      );
      expect(await client.get(await send())).toMatchObject({ state: 'SUCCESS' });
    });

    it.each([
      [{ args: [90] }, 'takes no positional arguments, but 1 were given'],
      [{ kwargs: { batch: 5 } }, "got an unexpected keyword argument 'batch'"],
      [{ kwargs: { ttl: 0 } }, 'working time in seconds, a number above 0'],
      [{ kwargs: { ttl: '90' } }, 'working time in seconds, a number above 0'],
      [{ kwargs: { ttl: true } }, 'working time in seconds, a number above 0'],
    ])('is a TypeError for %j', async (sent, text) => {
      const { client, send, start } = await open();
      const scene = await start();
      const answer = await client.get(await send(sent));
      expect(answer).toMatchObject({ state: 'FAILURE', raised: 'builtins.TypeError' });
      expect(answer.text).toContain(text);
      expect(scene.runs).toEqual([]);
    });

    it('is a run at its eta and not before, while others are run', async () => {
      const { client, send, start } = await open();
      const scene = await start();
      scene.let();
      const sentAtMs = Date.now();
      const later = await send({ options: { countdown: 10 } });
      expect(await client.get(await send())).toMatchObject({ state: 'SUCCESS' });
      expect(scene.runs).toHaveLength(1);
      await client.get(later);
      expect(scene.runs).toHaveLength(2);
      expect(Date.now()).toBeGreaterThanOrEqual(sentAtMs + 10_000);
    });

    it('is a run and a warning where something is to be done after it', async () => {
      const { client, send, start } = await open();
      const scene = await start();
      scene.let();
      const link = {
        task: 'add',
        args: [1, 2],
        kwargs: {},
        options: {},
        subtask_type: null,
        immutable: false,
      };
      expect(await client.get(await send({ options: { link } }))).toMatchObject({ state: 'SUCCESS' });
      expect(scene.lines.find(({ fields }) => 'followUps' in fields)).toMatchObject({
        level: 'warn',
        fields: { followUps: ['callbacks'] },
      });
    });
  });

  describe('a worker that stops', () => {
    it('ends the run under way and acknowledges its message', async () => {
      const { client, send, start, queue } = await open();
      const scene = await start();
      const id = await send();
      await waitUntil('it runs', () => scene.runs.length === 1);
      await scene.engine.stop();
      await scene.engine.stop();
      expect(scene.runs[0]?.ended).toBe(true);
      expect(await client.get(id)).toMatchObject({ state: 'SUCCESS' });
      expect(await broker().waiting(queue)).toBe(0);
    });

    it('gives back what waits for its eta, and what waits for a run of which nobody knows whether it lives', async () => {
      const { databases, send, start, queue } = await open();
      const scene = await start();
      await claimTask(databases.outbox, {
        name: process_events,
        trigger: 'message',
        claimedBy: 'perhaps dead',
        leaseMs: 600_000,
      });
      await send({ options: { countdown: 3_600 } });
      await send();
      await waitUntil('both are in hand', async () => (await broker().waiting(queue)) === 0);
      await scene.engine.stop();
      expect(scene.runs).toEqual([]);
      expect(await broker().waiting(queue)).toBe(2);
    });
  });

  it('shows no password in anything it logs, whether the broker takes it or not', async () => {
    const { send, start } = await open();
    const right = await start();
    await send();
    await waitUntil('it runs', () => right.runs.length === 1);
    const url = new URL(broker().url);
    url.password = 'wr0ng%2Fw0rd';
    const resultBackend = broker().resultBackend === 'rpc://' ? {} : { celeryResultBackend: url.href };
    const wrong = await start('another', { celeryBrokerUrl: url.href, ...resultBackend });
    await waitUntil('it is refused', () =>
      wrong.lines.some(({ message }) => message.startsWith('the broker cannot')),
    );
    // As a logger writes an error: with every property of it.
    const told = [...right.lines, ...wrong.lines].map((line) =>
      JSON.stringify(line, (_key, value: unknown) =>
        value instanceof Error
          ? {
              ...Object.fromEntries(
                Object.getOwnPropertyNames(value).map((name) => [name, Reflect.get(value, name)]),
              ),
            }
          : value,
      ),
    );
    expect(told.join('\n')).toContain('***');
    expect(told.join('\n')).toMatch(/WRONGPASS|ACCESS[-_]REFUSED/);
    for (const secret of [brokerPassword, encodeURIComponent(brokerPassword), 'wr0ng/w0rd', 'wr0ng%2Fw0rd'])
      expect(told.filter((line) => line.includes(secret))).toEqual([]);
  });
});

const cleanReport = {
  startedAt: new Date('2026-01-02T03:04:05.678Z'),
  durationMs: 12,
  partitions: { dropped: [], emptied: [], locked: [] },
  partitionsMade: [],
  eventsDeleted: 0,
  eventsLeft: 0,
  batchesCleaned: 0,
  history: { batches: 0, attempts: 0, runs: 0 },
};
