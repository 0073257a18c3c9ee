import type { Redis } from 'ioredis';
import { backoffMs } from '../../../delivery/backoff.js';
import type { Logger } from '../../../observe/logger.js';
import type { CeleryUrl } from './celeryUrl.js';
import type { TaskMessage } from './decodeMessage.js';
import { encodeStoredResult, type Outcome } from './encodeResult.js';
import { createRedis, type RedisLibrary } from './openRedis.js';
import { storeResultScript } from './redisScripts.js';
import type { Results } from './results.js';

export interface RedisResultsOptions {
  readonly library: RedisLibrary;
  readonly url: CeleryUrl;
  readonly logger: Logger;
  /** Makes of an error one that may be logged. */
  readonly hide: (error: unknown) => Error;
}

/** Celery's own default of `result_expires`: a day. */
const resultExpiresSeconds = 86_400;
const waits = { firstMs: 500, maxMs: 30_000 };

/**
 * Keeps results where Celery's Redis backend does: under `celery-task-meta-` and the id, published on the channel of
 * that name, for a day. One of a task that has succeeded already is not replaced, as there, but for a trigger that had no
 * run: the message of a long run comes to another worker too, which answers it at once, before the run has its report.
 */
export class RedisResults implements Results {
  readonly #redis: Redis;

  static async create(options: RedisResultsOptions): Promise<RedisResults> {
    const { library, url, logger, hide } = options;
    const redis = await createRedis(library, url, {
      retryStrategy: (attempt) => backoffMs(attempt, waits),
      onError: (error) => {
        logger.warn(
          { err: hide(error), resultBackend: url.shown },
          'the result backend of Celery cannot be reached; trying again',
        );
      },
    });
    return new RedisResults(redis);
  }

  private constructor(redis: Redis) {
    this.#redis = redis;
  }

  async store(message: TaskMessage, outcome: Outcome): Promise<void> {
    const result = encodeStoredResult(message, outcome, new Date());
    const key = `celery-task-meta-${message.id}`;
    // One that cannot be selected is only told to a listener, and the connection stays on number 0.
    const { db = 0 } = this.#redis.options;
    if (db !== 0) await this.#redis.select(db);
    await this.#redis.eval(storeResultScript, 1, key, result, resultExpiresSeconds);
  }

  close(): void {
    this.#redis.disconnect();
  }
}
