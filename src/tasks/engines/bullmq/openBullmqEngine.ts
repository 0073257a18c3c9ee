import type { WaybillOptions } from '../../../config/options.js';
import { WaybillError } from '../../../waybillError.js';
import type { TaskEngine } from '../../engine.js';
import type { EngineContext } from '../engineContext.js';
import { BullmqEngine } from './bullmqEngine.js';
import { loadBullmq } from './loadBullmq.js';

/**
 * Opens the engine that runs on BullMQ, on the Redis of REDIS_URL. Connects to nothing yet.
 * @throws {WaybillError} `ENGINE_NOT_INSTALLED` when bullmq or ioredis is missing
 */
export async function openBullmqEngine(options: WaybillOptions, context: EngineContext): Promise<TaskEngine> {
  const { redisUrl, bullmqQueue, bullmqPrefix, claimLeaseInSeconds } = options;
  if (redisUrl === undefined)
    throw new WaybillError(
      'INVALID_OPTIONS',
      'REDIS_URL must be set with TASK_ENGINE=bullmq. Nothing was started.',
    );
  return new BullmqEngine(
    await loadBullmq(),
    { redisUrl, queue: bullmqQueue, prefix: bullmqPrefix, claimLeaseMs: claimLeaseInSeconds * 1_000 },
    context,
  );
}
