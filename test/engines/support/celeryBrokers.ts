import { connect } from 'amqplib';
import { Redis } from 'ioredis';
import { startRabbitmq } from './rabbitmq.js';
import { startRedis } from './redis.js';

/** A broker that Celery knows, on which its tests run. */
export interface CeleryBroker {
  readonly url: string;
  /** The result backend that is tested with it. */
  readonly resultBackend: string;
  stop(): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
  /** Messages of a queue that are in nobody's hands. */
  waiting(queue: string): Promise<number>;
}

export interface CeleryBrokerKind {
  readonly name: string;
  /** Starts a broker whose password is `brokerPassword`. */
  startBroker(): Promise<CeleryBroker>;
}

/** Its slash is `%2F` in a URL: neither form may be seen in a log. */
export const brokerPassword = 's3cret/word';

export const celeryOnRedis: CeleryBrokerKind = {
  name: 'Redis',
  async startBroker() {
    const redis = await startRedis({ password: brokerPassword });
    return {
      url: redis.url,
      resultBackend: redis.url.replace(/\/0$/, '/1'),
      stop: () => redis.stop(),
      kill: () => redis.kill(),
      start: () => redis.start(),
      close: () => redis.close(),
      waiting: (queue) => onRedis(redis.url, (commands) => commands.llen(queue)),
    };
  },
};

export const celeryOnRabbitmq: CeleryBrokerKind = {
  name: 'RabbitMQ',
  async startBroker() {
    const rabbitmq = await startRabbitmq({ password: brokerPassword });
    return {
      url: rabbitmq.url,
      resultBackend: 'rpc://',
      stop: () => rabbitmq.stop(),
      kill: () => rabbitmq.kill(),
      start: () => rabbitmq.start(),
      close: () => rabbitmq.close(),
      waiting: (queue) => waitingInRabbitmq(rabbitmq.url, queue),
    };
  },
};

export const celeryBrokerKinds: readonly CeleryBrokerKind[] = [celeryOnRedis, celeryOnRabbitmq];

export async function onRedis<Value>(url: string, ask: (redis: Redis) => Promise<Value>): Promise<Value> {
  const redis = new Redis(url);
  try {
    return await ask(redis);
  } finally {
    redis.disconnect();
  }
}

export async function waitingInRabbitmq(url: string, queue: string): Promise<number> {
  const connection = await connect(url);
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined); // the call tells of it
    return (await channel.checkQueue(queue)).messageCount;
  } finally {
    await connection.close();
  }
}
