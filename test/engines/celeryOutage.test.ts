import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../support/freePort.js';
import { waitUntil } from '../support/waitUntil.js';
import { celeryBrokerKinds } from './support/celeryBrokers.js';
import { suiteBroker } from './support/celeryTest.js';
import { startRelay } from './support/relay.js';

/** As long as anything between two connections may take. */
const reconnectMs = 60_000;

describe.each(celeryBrokerKinds)('the celery engine on $name', (kind) => {
  const { broker, open } = suiteBroker(kind);

  describe('a broker that is away', () => {
    it('stops no start; what was sent is run when it is there', async () => {
      const { send, open: openEngine } = await open();
      await send();
      await broker().stop();
      const scene = await openEngine();
      await scene.start();
      await waitUntil('it says so', () =>
        scene.lines.some(({ message }) => message.startsWith('the broker cannot be reached')),
      );
      await broker().start();
      await waitUntil('it runs', () => scene.runs.length === 1, reconnectMs);
    });

    it('comes back while a task runs: its message is not run again', async () => {
      const { client, send, start, queue } = await open();
      const scene = await start();
      const id = await send();
      await waitUntil('it runs', () => scene.runs.length === 1);
      await broker().stop();
      await waitUntil('it says so', () => scene.lines.some(({ message }) => message.includes('is lost')));
      await broker().start();
      const connections = (): number =>
        scene.lines.filter(({ message }) => message === 'waits for messages of Celery').length;
      await waitUntil('it is connected again', () => connections() === 2, reconnectMs);
      await waitUntil('the message is in hand', async () => (await broker().waiting(queue)) === 0);
      scene.let();
      await waitUntil('it is dealt with', () =>
        scene.lines.some(({ message }) => message === 'a message of Celery is dealt with'),
      );
      // The queue of an rpc:// client does not outlive its broker. With Redis, a get() that subscribes again after the loss
      // misses a result that is stored between its look and its subscription.
      if (kind.name === 'Redis') {
        await waitUntil('its result is stored', async () => (await client.state(id)) === 'SUCCESS');
        expect(await client.get(id)).toMatchObject({ state: 'SUCCESS' });
      }
      await scene.engine.stop();
      expect(scene.runs).toHaveLength(1);
      expect(await broker().waiting(queue)).toBe(0);
    });

    it('comes back after the task has ended: no message is lost, and the next one is run', async () => {
      const { client, send, start, queue } = await open();
      const scene = await start();
      await send();
      await waitUntil('it runs', () => scene.runs.length === 1);
      await broker().kill();
      scene.let();
      await broker().start();
      const connections = (): number =>
        scene.lines.filter(({ message }) => message === 'waits for messages of Celery').length;
      await waitUntil('it is connected again', () => connections() === 2, reconnectMs);
      const next = await send();
      expect(['SUCCESS']).toContain((await client.get(next)).state);
      await scene.engine.stop();
      expect(await broker().waiting(queue)).toBe(0);
    });

    it('keeps no worker from stopping, whether it refuses or says nothing', async () => {
      const { open: openEngine } = await open();
      const { protocol } = new URL(broker().url);
      const sockets: Socket[] = [];
      const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
      await once(silent, 'listening');
      onTestFinished(() => {
        for (const socket of sockets) socket.destroy();
        silent.close();
      });
      const address = silent.address();
      if (address === null || typeof address === 'string') throw new Error('It has a port.');
      for (const port of [address.port, 9]) {
        const scene = await openEngine('worker', {
          celeryBrokerUrl: `${protocol}//127.0.0.1:${String(port)}/`,
        });
        await scene.start();
        if (port === 9) {
          await waitUntil('it has tried', () =>
            scene.lines.some(({ message }) => message.startsWith('the broker cannot be reached')),
          );
        } else await waitUntil('it is connecting', () => sockets.length > 0);
        await scene.engine.stop();
      }
    });
  });

  it('stops when the broker says nothing any more, and what it had in hand is not lost', async () => {
    const { send, open: openEngine, start } = await open();
    const url = new URL(broker().url);
    const relay = await startRelay(Number(url.port));
    url.port = String(relay.port);
    const scene = await openEngine('cut off', { celeryBrokerUrl: url.href });
    await scene.start();
    await send();
    await waitUntil('it runs', () => scene.runs.length === 1);
    relay.freeze();
    await scene.engine.stop();
    expect(scene.lines.map(({ message }) => message)).toContain(
      'the broker could not be told that this worker stops; its messages come again',
    );
    // The run has ended and its claim is free, but the broker does not know.
    const heir = await start('heir');
    // The broker misses the heartbeats of the first three times.
    await waitUntil('another worker has the message', () => heir.runs.length === 1, 100_000);
  });

  it('has done the work when the result cannot be kept, and says so', async () => {
    const { send, open: openEngine, queue } = await open();
    const port = String(await freePort());
    const scene = await openEngine('worker', { celeryResultBackend: `redis://:s3cret@127.0.0.1:${port}/0` });
    scene.let();
    await scene.start();
    await send();
    await waitUntil('it is dealt with', () =>
      scene.lines.some(({ message }) => message === 'a message of Celery is dealt with'),
    );
    const warnings = scene.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
    const tried = warnings.indexOf('the result backend of Celery cannot be reached; trying again');
    expect(tried).toBeGreaterThanOrEqual(0);
    expect(warnings.slice(tried)).toContainEqual(expect.stringContaining('could not be kept for Celery'));
    await scene.engine.stop();
    expect(await broker().waiting(queue)).toBe(0);
  });
});
