import type * as ioredis from 'ioredis';
import { tlsOptions, type CeleryUrl } from './celeryUrl.js';

/** What is used of package `ioredis`. */
export type RedisLibrary = Pick<typeof ioredis, 'Redis'>;

export interface RedisConnectionOptions {
  /** Default: connects once; what is lost stays lost. */
  readonly retryStrategy?: ((attempt: number) => number) | undefined;
  /** Told of each error that no command reports. */
  readonly onError: (error: Error) => void;
}

const connectTimeoutMs = 10_000;
/** How long a server that does not answer keeps a client from closing. */
const disconnectTimeoutMs = 500;
/** Longer than the longest blocking command, and than any answer of a Redis that lives. */
const commandTimeoutMs = 10_000;

/** A client that is not connected yet. No command waits for a connection longer than ten seconds. */
export async function createRedis(
  { Redis }: RedisLibrary,
  url: CeleryUrl,
  { retryStrategy, onError }: RedisConnectionOptions,
): Promise<ioredis.Redis> {
  const options: ioredis.RedisOptions = {
    host: url.host,
    port: url.port,
    db: Number(url.path),
    username: url.username,
    password: url.password,
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    disconnectTimeout: disconnectTimeoutMs,
    commandTimeout: commandTimeoutMs,
    retryStrategy: retryStrategy ?? (() => null),
    enableOfflineQueue: retryStrategy !== undefined,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: null,
    ...(url.tls === undefined ? {} : { tls: await tlsOptions(url.tls) }),
  };
  const redis = new Redis(options);
  redis.on('error', onError);
  return redis;
}
