import { startRabbitmq } from './rabbitmq.js';
import { startRedis } from './redis.js';

/** A broker that Celery knows, on which its tests run. */
export interface CeleryBroker {
  readonly url: string;
  /** The backend that is tested with it. */
  readonly resultBackend: string;
  stop(): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface CeleryBrokerKind {
  readonly name: string;
  startBroker(): Promise<CeleryBroker>;
}

export const celeryBrokerKinds: readonly CeleryBrokerKind[] = [
  {
    name: 'Redis',
    async startBroker() {
      const redis = await startRedis({ password: 's3cret/word' });
      return Object.assign(redis, { resultBackend: redis.url.replace(/\/0$/, '/1') });
    },
  },
  {
    name: 'RabbitMQ',
    async startBroker() {
      const rabbitmq = await startRabbitmq({ password: 's3cret/word' });
      return Object.assign(rabbitmq, { resultBackend: 'rpc://' });
    },
  },
];
