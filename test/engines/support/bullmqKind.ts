import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { Broker, EngineKind, QueueContext, TestQueue } from './engineKind.js';
import { startRedis, type TestRedis } from './redis.js';

/** BullMQ on Redis; its workers keep the times themselves. */
export const bullmqKind: EngineKind = {
  name: 'bullmq',
  engine: 'bullmq',
  intervalMsMin: 1_000,
  clockIsPostgres: false,
  async startBroker(): Promise<Broker> {
    const redis = await startRedis();
    return {
      stop: () => redis.stop(),
      restart: () => redis.start(),
      remove: () => redis.close(),
      openQueue: (context) => Promise.resolve(openQueue(redis, context)),
    };
  },
};

function openQueue(redis: TestRedis, { name }: QueueContext): TestQueue {
  const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
  connection.on('error', () => undefined); // the suite stops Redis itself
  const queue = new Queue(name, { connection });
  queue.on('error', () => undefined);
  return {
    options: { redisUrl: redis.url, bullmqQueue: name },
    async trigger(task, ttlMs) {
      const { id = '' } = await queue.add(task, ttlMs === undefined ? {} : { ttl: ttlMs / 1_000 });
      return { isAnswered: async () => (await queue.getJob(id))?.finishedOn !== undefined };
    },
    async close() {
      await queue.close();
      connection.disconnect();
    },
  };
}
