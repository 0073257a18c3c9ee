import type { Processor, Worker, WorkerOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { endConnection } from './endConnection.js';
import type { Bullmq } from './loadBullmq.js';
import { within } from './within.js';

/** A worker of BullMQ that can be left alone when it cannot close. */
export interface ClosableWorker extends Worker {
  /** Renews no lock any more. With that, and a pause, no timer of it is left. */
  stopRenewals(): Promise<void>;
}

export function openWorker(
  { Worker }: Bullmq,
  queue: string,
  processor: Processor,
  options: WorkerOptions,
): ClosableWorker {
  class OpenWorker extends Worker implements ClosableWorker {
    stopRenewals(): Promise<void> {
      return this.lockManager.close();
    }
  }
  return new OpenWorker(queue, processor, options);
}

/** How long a worker may take to report its last jobs and to close, in milliseconds. */
const closeMsMax = 5_000;

/**
 * Closes a paused worker whose runs have ended: waits until Redis has their results, or gives that up where Redis is out
 * of reach; then their jobs stall, and another worker does them again. Resolves within five seconds, with whether Redis
 * has everything.
 *
 * A close of BullMQ that waits for its jobs never ends when Redis is lost, and cannot be forced once it has begun.
 */
export async function closeWorker(worker: ClosableWorker, redis: Redis): Promise<boolean> {
  const { blockingClient } = worker.getBackend();
  if (redis.status !== 'ready') {
    const closed = worker.close(true);
    const blocking = await blockingClient;
    if (blocking !== undefined) endConnection(blocking);
    await closed;
    return false;
  }
  const isClosed = await within(
    closeMsMax,
    worker.close().then(() => true),
  );
  if (isClosed === true) return true;
  await worker.stopRenewals();
  const blocking = await blockingClient;
  if (blocking !== undefined) endConnection(blocking);
  return false;
}
