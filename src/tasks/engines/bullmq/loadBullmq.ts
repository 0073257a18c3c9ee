import type * as bullmqModule from 'bullmq';
import type { Redis } from 'ioredis';
import { loadPeer } from '../loadPeer.js';

export type Bullmq = typeof bullmqModule;
export type RedisClass = typeof Redis;

export interface BullmqLibraries {
  readonly bullmq: Bullmq;
  readonly Redis: RedisClass;
}

/** Loads both; a test may give others. */
export interface Loaders {
  readonly bullmq: () => Promise<Bullmq>;
  readonly ioredis: () => Promise<{ readonly Redis: RedisClass }>;
}

const installed: Loaders = {
  bullmq: () => import('bullmq'),
  ioredis: () => import('ioredis'),
};

/**
 * Loads BullMQ and its driver, which only those have who chose this engine.
 * @throws {WaybillError} `ENGINE_NOT_INSTALLED` when one of them is not there
 */
export async function loadBullmq(loaders: Loaders = installed): Promise<BullmqLibraries> {
  const bullmq = await loadPeer(loaders.bullmq, {
    package: 'bullmq',
    neededFor: 'TASK_ENGINE is bullmq',
  });
  const { Redis } = await loadPeer(loaders.ioredis, {
    package: 'ioredis',
    neededFor: 'TASK_ENGINE is bullmq, and BullMQ speaks to Redis',
  });
  return { bullmq, Redis };
}
