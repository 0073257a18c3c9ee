import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { GivenOptions } from '../../../src/config/options.js';
import { createDatabases, type TestDatabases } from '../../support/databases.js';
import { startCeleryClient, type CeleryClient, type CeleryEnvironment, type SendOptions } from './celery.js';
import type { CeleryBroker, CeleryBrokerKind } from './celeryBrokers.js';
import { openCeleryScene, type CeleryScene } from './celeryScene.js';

/** A queue, databases and a Celery client of one test's own. */
export interface CeleryTest {
  readonly queue: string;
  readonly databases: TestDatabases;
  readonly client: CeleryClient;
  readonly given: GivenOptions;
  readonly environment: CeleryEnvironment;
  /** Opens an engine and starts it. */
  readonly start: (worker?: string, given?: GivenOptions) => Promise<CeleryScene>;
  readonly open: (worker?: string, given?: GivenOptions) => Promise<CeleryScene>;
  /** Sends a message for `process_events`, or for another task. @returns its id */
  readonly send: (options?: SendOptions, task?: string) => Promise<string>;
}

export async function openCeleryTest(broker: { url: string; resultBackend: string }): Promise<CeleryTest> {
  const queue = `waybill_${randomBytes(6).toString('hex')}`;
  const databases = await createDatabases();
  onTestFinished(() => databases.drop());
  const environment = {
    CELERY_BROKER_URL: broker.url,
    CELERY_RESULT_BACKEND: broker.resultBackend,
    CELERY_QUEUE: queue,
  };
  const client = startCeleryClient(environment);
  onTestFinished(() => client.close());
  const given = {
    celeryBrokerUrl: broker.url,
    celeryResultBackend: broker.resultBackend,
    celeryQueue: queue,
  };
  const open = (worker = 'worker', other: GivenOptions = {}): Promise<CeleryScene> =>
    openCeleryScene({ databases, given: { ...given, ...other }, worker });
  return {
    queue,
    databases,
    client,
    given,
    environment,
    open,
    async start(worker, other) {
      const scene = await open(worker, other);
      await scene.start();
      return scene;
    },
    send: (options = {}, task = 'process_events') =>
      client.send(task, { ...options, options: { queue, ...options.options } }),
  };
}

export interface SuiteBroker {
  readonly broker: () => CeleryBroker;
  /** What one test has of it. */
  readonly open: () => Promise<CeleryTest>;
}

/** A broker that is started before the tests of a suite, and closed after them. */
export function suiteBroker(kind: CeleryBrokerKind): SuiteBroker {
  let started: CeleryBroker | undefined;
  beforeAll(async () => {
    started = await kind.startBroker();
  });
  afterAll(() => started?.close());

  function broker(): CeleryBroker {
    if (started === undefined) throw new Error('The broker has not started.');
    return started;
  }
  return { broker, open: () => openCeleryTest(broker()) };
}
