import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { GivenOptions } from '../../src/config/options.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { waitUntil } from '../support/waitUntil.js';
import { startCeleryClient, type CeleryClient, type CeleryEnvironment } from './support/celery.js';
import { celeryBrokerKinds, type CeleryBroker } from './support/celeryBrokers.js';
import { nothingDone, openCeleryScene, type CeleryScene } from './support/celeryScene.js';

describe.each(celeryBrokerKinds)('the celery engine on $name', (kind) => {
  let broker: CeleryBroker | undefined;
  let databases: TestDatabases;
  let client: CeleryClient;
  let given: GivenOptions;
  let queue: string;
  let environment: CeleryEnvironment;

  beforeAll(async () => {
    broker = await kind.startBroker();
  });
  afterAll(() => broker?.close());
  beforeEach(async () => {
    if (broker === undefined) throw new Error('The broker has not started.');
    databases = await createDatabases();
    queue = `waybill_${randomBytes(6).toString('hex')}`;
    given = {
      celeryBrokerUrl: broker.url,
      celeryResultBackend: broker.resultBackend,
      celeryQueue: queue,
    };
    environment = {
      CELERY_BROKER_URL: broker.url,
      CELERY_RESULT_BACKEND: broker.resultBackend,
      CELERY_QUEUE: queue,
    };
    client = startCeleryClient(environment);
  });
  afterEach(async () => {
    await client.close();
    await databases.drop();
  });

  async function start(worker = 'worker'): Promise<CeleryScene> {
    const scene = await openCeleryScene({ databases, given, worker });
    await scene.start();
    return scene;
  }
  const send = (kwargs: Record<string, unknown> = {}, options: Record<string, unknown> = {}): Promise<string> =>
    client.send('process_events', { kwargs, options: { queue, ...options } });

  it('runs a task for a message, with its ttl, and gives the report to AsyncResult.get()', async () => {
    const scene = await start();
    const id = await send({ ttl: 90 });
    await waitUntil('it runs', () => scene.runs.length === 1);
    expect(scene.runs[0]?.request.ttlMs).toBe(90_000);
    scene.let({
      error: undefined,
      report: { startedAt: new Date(0), eventsDelivered: 7 } as never,
    });
    expect(await client.get(id)).toMatchObject({
      state: 'SUCCESS',
      value: { startedAt: '1970-01-01T00:00:00.000Z', eventsDelivered: 7 },
    });
    void onTestFinished;
    void nothingDone;
  });
});
