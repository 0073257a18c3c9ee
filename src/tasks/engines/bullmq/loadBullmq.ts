import type * as bullmqModule from 'bullmq';
import type { Redis } from 'ioredis';
import { WaybillError } from '../../../waybillError.js';

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
 * @throws {WaybillError} `ENGINE_NOT_INSTALLED` when one of them, or what it needs itself, is not there
 */
export async function loadBullmq(loaders: Loaders = installed): Promise<BullmqLibraries> {
  try {
    const [bullmq, { Redis }] = await Promise.all([loaders.bullmq(), loaders.ioredis()]);
    return { bullmq, Redis };
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new WaybillError(
      'ENGINE_NOT_INSTALLED',
      'TASK_ENGINE=bullmq needs the packages bullmq and ioredis, and at least one of them is not installed. ' +
        'Nothing was started. Install them: npm install bullmq ioredis',
      { cause },
    );
  }
}

function isMissing(cause: unknown): boolean {
  if (!(cause instanceof Error) || !('code' in cause)) return false;
  return cause.code === 'ERR_MODULE_NOT_FOUND' || cause.code === 'MODULE_NOT_FOUND';
}
