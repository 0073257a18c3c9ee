import { describe, expect, it, onTestFinished } from 'vitest';
import { waitUntil } from '../support/waitUntil.js';
import { runPython } from './support/celery.js';
import { celeryBrokerKinds, onRedis, waitingInRabbitmq } from './support/celeryBrokers.js';
import { openCeleryTest } from './support/celeryTest.js';
import { startRedis } from './support/redis.js';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('support/hostileMessages.py', import.meta.url));

interface Hostile {
  readonly sent: Readonly<Record<string, number>>;
  /** State, or class of the exception, by id of the task. */
  readonly expected: Readonly<Record<string, string>>;
  readonly rejected: number;
}

interface StoredResult {
  readonly status: string;
  readonly result: { readonly exc_type?: string } | null;
}

describe.each(celeryBrokerKinds)('a thousand messages on $name', (kind) => {
  it('are each dealt with as they should be, whatever is in them, and the worker stays up', async () => {
    const broker = await kind.startBroker();
    onTestFinished(() => broker.close());
    const backend = await startRedis();
    onTestFinished(() => backend.close());
    const { queue, start, environment } = await openCeleryTest({
      url: broker.url,
      resultBackend: backend.url,
    });
    const written = await runPython([script], environment);
    const { sent, expected, rejected } = JSON.parse(written) as Hostile; // as the script writes it
    expect(Object.values(sent).reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(1_000);
    expect(await broker.waiting(queue)).toBeGreaterThanOrEqual(1_000);

    const scene = await start();
    scene.let();
    const refusals = (): number =>
      scene.lines.filter(({ message }) => message.startsWith('a message of Celery is rejected')).length;
    await waitUntil(
      'each that has an id has its result, the good one after all others too',
      async () => !Object.values(await outcomesOf(backend.url, Object.keys(expected))).includes('nothing'),
      60_000,
    );
    await waitUntil('all are dealt with', () => refusals() >= rejected);
    await scene.engine.stop();

    expect(await broker.waiting(queue)).toBe(0);
    expect(refusals()).toBe(rejected);
    const unknown = Object.values(expected).filter((outcome) => outcome === 'NotRegistered').length;
    if (kind.name === 'RabbitMQ') {
      await waitUntil(
        'what was rejected is in the dead-letter queue',
        async () => (await waitingInRabbitmq(broker.url, `${queue}.dead`)) === rejected + unknown,
      );
    } else {
      expect(await onRedis(broker.url, (redis) => redis.keys('waybill:celery:*'))).toEqual([]);
    }
    expect(await outcomesOf(backend.url, Object.keys(expected))).toEqual(expected);
    expect(scene.lines.filter(({ level }) => level === 'error')).toEqual([]);
    // No payload is repeated in the log, beyond the beginning of a name.
    const told = scene.lines.map((line) => JSON.stringify(line));
    expect(told.filter((line) => line.length > 1_000)).toEqual([]);
  });
});

async function outcomesOf(url: string, ids: readonly string[]): Promise<Record<string, string>> {
  const kept = await onRedis(url, (redis) => redis.mget(ids.map((id) => `celery-task-meta-${id}`)));
  return Object.fromEntries(
    ids.map((id, index) => {
      const { status, result } = JSON.parse(
        kept[index] ?? '{"status":"nothing","result":null}',
      ) as StoredResult; // as Celery keeps it
      return [id, status === 'FAILURE' ? String(result?.exc_type) : status];
    }),
  );
}
