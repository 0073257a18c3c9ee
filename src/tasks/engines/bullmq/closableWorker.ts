import type { Processor, Worker, WorkerOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { systemClock, waitUnless } from '../../../delivery/clock.js';
import type { Bullmq } from './loadBullmq.js';

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
  if (redis.status !== 'ready') {
    await worker.close(true);
    return false;
  }
  const given = new AbortController();
  const isClosed = await Promise.race([
    worker.close().then(() => true),
    waitUnless(given.signal, systemClock, closeMsMax).then(() => false),
  ]);
  given.abort();
  if (!isClosed) await worker.stopRenewals();
  return isClosed;
}
