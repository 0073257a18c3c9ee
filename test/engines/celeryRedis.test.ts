import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../support/waitUntil.js';
import { onRedis } from './support/celeryBrokers.js';
import { openCeleryTest, type CeleryTest } from './support/celeryTest.js';
import { startRedis, type TestRedis } from './support/redis.js';

describe('the celery engine on Redis', () => {
  let redis: TestRedis | undefined;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis?.close());

  function url(): string {
    if (redis === undefined) throw new Error('Redis has not started.');
    return redis.url;
  }
  const open = (): Promise<CeleryTest> =>
    openCeleryTest({ url: url(), resultBackend: url().replace(/\/0$/, '/1') });
  const inHand = (queue: string, worker: string): Promise<string[]> =>
    onRedis(url(), (commands) => commands.lrange(`waybill:celery:${queue}:in-hand:${worker}`, 0, -1));

  it('keeps the message of a run in a list of the worker, until the run has ended', async () => {
    const { client, send, start, queue } = await open();
    const scene = await start();
    const id = await send();
    await waitUntil('it runs', () => scene.runs.length === 1);
    const [entry] = await inHand(queue, 'worker');
    expect(JSON.parse(entry ?? '{}')).toMatchObject({ headers: { id } });
    scene.let();
    await client.get(id);
    await waitUntil('it is acknowledged', async () => (await inHand(queue, 'worker')).length === 0);
  });

  it('puts back what is in the hands of a worker that gives no sign of life, and of no other', async () => {
    const { client, send, start, queue } = await open();
    const first = await send();
    const second = await send({}, 'clean_events_outbox');
    const third = await send({ options: { countdown: 3_600 } });
    await onRedis(url(), async (commands) => {
      const [seconds = 0] = await commands.time();
      const prefix = `waybill:celery:${queue}`;
      await commands.zadd(
        `${prefix}:workers`,
        seconds * 1_000 - 60_000,
        'dead',
        seconds * 1_000 + 60_000,
        'alive',
      );
      for (const worker of ['dead', 'dead', 'alive'])
        await commands.lmove(queue, `${prefix}:in-hand:${worker}`, 'RIGHT', 'LEFT');
    });
    const scene = await start();
    scene.let();
    expect(await client.get(first)).toMatchObject({ state: 'SUCCESS' });
    expect(await client.get(second)).toMatchObject({ state: 'SUCCESS' });
    const [kept] = await inHand(queue, 'alive');
    expect(JSON.parse(kept ?? '{}')).toMatchObject({ headers: { id: third } });
    expect(scene.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'put back the messages of a worker that has died' }),
    );
  });

  it('takes the messages of a worker that dies while it lives itself', async () => {
    const { client, send, start, queue } = await open();
    const scene = await start();
    scene.let();
    const id = await send({ options: { queue: `${queue}_elsewhere` } });
    await onRedis(url(), async (commands) => {
      const [seconds = 0] = await commands.time();
      const prefix = `waybill:celery:${queue}`;
      await commands.zadd(`${prefix}:workers`, seconds * 1_000, 'dying');
      await commands.lmove(`${queue}_elsewhere`, `${prefix}:in-hand:dying`, 'RIGHT', 'LEFT');
    });
    expect(await client.get(id)).toMatchObject({ state: 'SUCCESS' });
    expect(scene.runs).toHaveLength(1);
  });

  it('gives the report of a run that outlasts its message, which another worker has answered', async () => {
    const { client, send, start, queue } = await open();
    const scene = await start();
    const id = await send();
    await waitUntil('it runs', () => scene.runs.length === 1);
    // From a queue of its own, so that the message does not come back to the first one.
    const other = await start('other', { celeryQueue: `${queue}_other` });
    await onRedis(url(), (commands) =>
      commands.lmove(`waybill:celery:${queue}:in-hand:worker`, `${queue}_other`, 'RIGHT', 'LEFT'),
    );
    // It waits until it sees that the run's claim is renewed.
    const answered = async (): Promise<boolean> => (await client.state(id)) === 'SUCCESS';
    await waitUntil('the other has answered it', answered, 60_000);
    scene.let({ error: undefined, report: { eventsDelivered: 7 } as never });
    await waitUntil('the run has taken its place', async () => {
      const kept = await onRedis(url().replace(/\/0$/, '/1'), (commands) =>
        commands.get(`celery-task-meta-${id}`),
      );
      return kept?.includes('"eventsDelivered":7') === true;
    });
    expect(other.runs).toEqual([]);
  });

  it('keeps no result in another database than the one it was given', async () => {
    const { send, start } = await open();
    const scene = await start('worker', { celeryResultBackend: url().replace(/\/0$/, '/99') });
    scene.let();
    const id = await send();
    await waitUntil('it is said', () =>
      scene.lines.some(({ fields }) => String(fields['err']).includes('DB index is out of range')),
    );
    await scene.engine.stop();
    expect(await onRedis(url(), (commands) => commands.exists(`celery-task-meta-${id}`))).toBe(0);
  });

  it('finds a message that was moved into its list when the connection was lost', async () => {
    const { client, send, start, queue } = await open();
    const scene = await start();
    scene.let();
    const id = await send({ options: { queue: `${queue}_elsewhere` } });
    await onRedis(url(), (commands) =>
      commands.lmove(`${queue}_elsewhere`, `waybill:celery:${queue}:in-hand:worker`, 'RIGHT', 'LEFT'),
    );
    expect(await client.get(id)).toMatchObject({ state: 'SUCCESS' });
    expect(await inHand(queue, 'worker')).toEqual([]);
  });

  it('connects again and settles what was decided meanwhile when Redis cuts its connections', async () => {
    const { client, send, start, queue } = await open();
    const scene = await start();
    const id = await send();
    await waitUntil('it runs', () => scene.runs.length === 1);
    await onRedis(url(), (commands) => commands.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'));
    scene.let();
    expect(await client.get(id)).toMatchObject({ state: 'SUCCESS' });
    await waitUntil('it is acknowledged', async () => (await inHand(queue, 'worker')).length === 0);
    await scene.engine.stop();
    expect(await onRedis(url(), (commands) => commands.llen(queue))).toBe(0);
    expect(scene.runs).toHaveLength(1);
  });

  it('reads the messages of every priority, the most urgent first', async () => {
    const { client, send, start } = await open();
    const ids = [
      await send({ options: { priority: 9 } }),
      await send({ options: { priority: 6, countdown: 0 } }, 'clean_events_outbox'),
      await send({ options: { priority: 3, task_id: 'urgent' } }),
    ];
    const scene = await start();
    await waitUntil('both tasks run', () => scene.runs.length === 2);
    await waitUntil(
      'the less urgent one is answered',
      async () => (await client.state(ids[0] ?? '')) === 'SUCCESS',
    );
    expect(await client.state('urgent')).toBe('PENDING'); // its run goes on
    scene.let();
    for (const id of ids) expect(await client.get(id)).toMatchObject({ state: 'SUCCESS' });
  });

  it('does not replace the result of a task that has succeeded', async () => {
    const { client, send, start } = await open();
    const scene = await start();
    scene.let({ error: undefined, report: { eventsDelivered: 7 } as never });
    const id = await send();
    await client.get(id);
    scene.let({ error: 'once more, in vain', report: undefined });
    await send({ options: { task_id: id } });
    await waitUntil('it has run again', () => scene.runs.length === 2);
    await scene.engine.stop();
    expect(await client.get(id)).toMatchObject({ state: 'SUCCESS', value: { eventsDelivered: 7 } });
  });

  it('keeps results for a day, none where the sender wants none', async () => {
    const { client, send, start } = await open();
    const scene = await start();
    scene.let();
    const silent = await send({ options: { ignore_result: true } });
    const id = await send();
    await client.get(id);
    const [kept, none] = await onRedis(url().replace(/\/0$/, '/1'), (commands) =>
      Promise.all([commands.ttl(`celery-task-meta-${id}`), commands.exists(`celery-task-meta-${silent}`)]),
    );
    expect(kept).toBeGreaterThan(86_000);
    expect(kept).toBeLessThanOrEqual(86_400);
    expect(none).toBe(0);
  });

  it('sends results of rpc:// through Redis, too', async () => {
    const { client, send, start } = await openCeleryTest({ url: url(), resultBackend: 'rpc://' });
    const scene = await start();
    scene.let({ error: undefined, report: { eventsDelivered: 7 } as never });
    expect(await client.get(await send())).toMatchObject({ state: 'SUCCESS', value: { eventsDelivered: 7 } });
  });

  it('says what is wrong with a database that Redis does not have', async () => {
    const { open: openEngine } = await open();
    const scene = await openEngine('worker', { celeryBrokerUrl: url().replace(/\/0$/, '/999') });
    await scene.start();
    await waitUntil('it says so', () =>
      scene.lines.some(({ fields }) => String(fields['err']).includes('DB index is out of range')),
    );
  });
});
