import { waitUntil } from '../../support/waitUntil.js';
import { startBeat, startCeleryClient } from './celery.js';
import type { CeleryBroker, CeleryBrokerKind } from './celeryBrokers.js';
import type { Broker, EngineKind, Intervals, QueueContext, RunningClock, TestQueue } from './engineKind.js';

const beatStartMsMax = 60_000;

/** The celery engine on one of its brokers, started by a real Celery Beat and by a real Celery client. */
export function celeryKind(kind: CeleryBrokerKind): EngineKind {
  return {
    name: `celery on ${kind.name}`,
    engine: 'celery',
    intervalMsMin: 1_000,
    clockIsPostgres: false,
    async startBroker(): Promise<Broker> {
      const broker = await kind.startBroker();
      return {
        stop: () => broker.stop(),
        restart: () => broker.start(),
        remove: () => broker.close(),
        openQueue: (context) => Promise.resolve(openQueue(broker, context)),
      };
    },
  };
}

function openQueue(broker: CeleryBroker, { name: queue }: QueueContext): TestQueue {
  const environment = {
    CELERY_BROKER_URL: broker.url,
    CELERY_RESULT_BACKEND: broker.resultBackend,
    CELERY_QUEUE: queue,
  };
  const client = startCeleryClient(environment);
  return {
    options: {
      celeryBrokerUrl: broker.url,
      celeryResultBackend: broker.resultBackend,
      celeryQueue: queue,
    },
    startClock: (intervalsMs) => startClock(environment, intervalsMs),
    async trigger(task, ttlMs) {
      const kwargs = ttlMs === undefined ? {} : { ttl: ttlMs / 1_000 };
      const id = await client.send(task, { kwargs, options: { queue } });
      return { isAnswered: async () => (await client.get(id, 0.1)).state !== 'TIMEOUT' };
    },
    close: () => client.close(),
  };
}

async function startClock(
  environment: Readonly<Record<string, string>>,
  intervalsMs: Intervals,
): Promise<RunningClock> {
  const minutes = (ms: number): string => String(ms / 60_000);
  const beat = await startBeat({
    ...environment,
    LOG_SENDING_FREQUENCY_IN_MINUTES: minutes(intervalsMs.process_events),
    OUTBOX_CLEAN_IN_MINUTES: minutes(intervalsMs.clean_events_outbox),
  });
  await waitUntil('Celery Beat runs', () => beat.output().includes('beat: Starting'), beatStartMsMax);
  return { stop: () => beat.stop() };
}
