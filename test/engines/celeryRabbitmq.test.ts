import { connect, type Channel } from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../support/waitUntil.js';
import { waitingInRabbitmq } from './support/celeryBrokers.js';
import { openCeleryTest, type CeleryTest } from './support/celeryTest.js';
import { startRelay } from './support/relay.js';
import { startRabbitmq, type TestRabbitmq } from './support/rabbitmq.js';

const consumerTimeoutMs = 2_000;
const connected = 'waits for messages of Celery';

describe('the celery engine on RabbitMQ', () => {
  let rabbitmq: TestRabbitmq | undefined;
  beforeAll(async () => {
    rabbitmq = await startRabbitmq({ consumerTimeoutMs });
  });
  afterAll(() => rabbitmq?.close());

  function url(): string {
    if (rabbitmq === undefined) throw new Error('RabbitMQ has not started.');
    return rabbitmq.url;
  }
  const open = (): Promise<CeleryTest> => openCeleryTest({ url: url(), resultBackend: 'rpc://' });

  async function onRabbitmq(change: (channel: Channel) => Promise<unknown>): Promise<void> {
    const connection = await connect(url());
    try {
      const channel = await connection.createChannel();
      await change(channel);
      await channel.close();
    } finally {
      await connection.close();
    }
  }

  it('outlasts the time that a message may be in hand: it comes again, and is answered by its own run', async () => {
    const { client, send, start, queue } = await open();
    const scene = await start();
    const id = await send();
    await waitUntil('it runs', () => scene.runs.length === 1);
    const connections = (): number => scene.lines.filter(({ message }) => message === connected).length;
    await waitUntil('the channel was closed twice, and opened again', () => connections() >= 3, 60_000);
    await waitUntil('it is in hand', async () => (await waitingInRabbitmq(url(), queue)) === 0);
    scene.let({ error: undefined, report: { eventsDelivered: 7 } as never });
    expect(await client.get(id)).toMatchObject({ state: 'SUCCESS', value: { eventsDelivered: 7 } });
    await scene.engine.stop();
    expect(scene.runs).toHaveLength(1);
    expect(await waitingInRabbitmq(url(), queue)).toBe(0);
  });

  it('waits for an eta that is later than that, and runs it once', async () => {
    const { client, send, start, queue } = await open();
    const scene = await start();
    const id = await send({ options: { countdown: 8 } });
    await waitUntil('it runs', () => scene.runs.length === 1, 60_000);
    // Right after it has come again: that happens every few seconds.
    const connections = (): number => scene.lines.filter(({ message }) => message === connected).length;
    const before = connections();
    expect(before).toBeGreaterThan(1);
    await waitUntil('the channel is opened again', () => connections() > before, 60_000);
    await waitUntil('it is in hand', async () => (await waitingInRabbitmq(url(), queue)) === 0);
    scene.let();
    expect(await client.get(id)).toMatchObject({ state: 'SUCCESS' });
    await scene.engine.stop();
    expect(scene.runs).toHaveLength(1);
  });

  it('takes a queue as somebody has made it', async () => {
    const { start, queue } = await open();
    await onRabbitmq(async (channel) => {
      await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    });
    const scene = await start();
    scene.let();
    await waitUntil('it waits for messages', () => scene.lines.some(({ message }) => message === connected));
    // By hand, since a client declares a queue as its own configuration says.
    await onRabbitmq((channel) => {
      const headers = { task: 'process_events', id: 'by-hand' };
      channel.sendToQueue(queue, Buffer.from('[[],{},{}]'), { contentType: 'application/json', headers });
      return Promise.resolve();
    });
    await waitUntil('it runs', () => scene.runs.length === 1);
  });

  it('makes the queue as Celery does, so that a client finds it as it expects', async () => {
    const { client, send, start } = await open();
    const scene = await start();
    scene.let();
    await waitUntil('it waits for messages', () => scene.lines.some(({ message }) => message === connected));
    expect(await client.get(await send())).toMatchObject({ state: 'SUCCESS' });
  });

  it('makes the queue again when it is deleted', async () => {
    const { send, start, queue } = await open();
    const scene = await start();
    scene.let();
    const connections = (): number => scene.lines.filter(({ message }) => message === connected).length;
    await waitUntil('it waits for messages', () => connections() === 1);
    await onRabbitmq((channel) => channel.deleteQueue(queue));
    await waitUntil('it waits for messages again', () => connections() === 2);
    await send();
    await waitUntil('it runs', () => scene.runs.length === 1);
  });

  // Long before a heartbeat is missed twice.
  it('stops while a broker that has let it in says no more', { timeout: 30_000 }, async () => {
    const { open: openEngine } = await open();
    const broker = new URL(url());
    const relay = await startRelay(Number(broker.port));
    const connectionOpenOk = Buffer.from([0, 10, 0, 41]); // class and method, as AMQP 0-9-1 numbers them
    relay.freezeAfter(connectionOpenOk);
    broker.port = String(relay.port);
    const scene = await openEngine('worker', { celeryBrokerUrl: broker.href });
    await scene.start();
    await waitUntil('it was let in', () => relay.isFrozen());
    await scene.engine.stop();
    expect(scene.lines.map(({ message }) => message)).not.toContain(connected);
  });

  it('takes pyamqp:// for amqp://, and a virtual host by its name', async () => {
    const { open: openEngine, send } = await open();
    const scene = await openEngine('worker', { celeryBrokerUrl: url().replace('amqp:', 'pyamqp:') });
    await scene.start();
    await send();
    await waitUntil('it runs', () => scene.runs.length === 1);
    const elsewhere = await openEngine('worker', {
      celeryBrokerUrl: url().replace(/\/\/$/, '/orders%2Fnorth'),
    });
    await elsewhere.start();
    await waitUntil('it is told which one is missing', () =>
      elsewhere.lines.some(({ fields }) => String(fields['err']).includes('the virtual host "orders/north"')),
    );
  });
});
