import type { Worker } from 'bullmq';
import type { Redis } from 'ioredis';

/** Placeholder. */
export async function closeWorker(worker: Worker, redis: Redis): Promise<void> {
  await worker.close(redis.status !== 'ready');
}
