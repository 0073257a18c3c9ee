import type { WaybillOptions } from '../../../config/options.js';
import { WaybillError } from '../../../waybillError.js';
import type { TaskEngine } from '../../engine.js';
import type { EngineContext } from '../engineContext.js';
import { loadPeer } from '../loadPeer.js';
import type { Broker } from './broker.js';
import { BrokerConnection } from './brokerConnection.js';
import { CeleryEngine } from './celeryEngine.js';
import { parseCeleryUrl, type CeleryUrl } from './celeryUrl.js';
import { credentialHider } from './hideCredentials.js';
import type { RedisLibrary } from './openRedis.js';
import { RabbitmqBroker, type RabbitmqLibrary } from './rabbitmqBroker.js';
import { RedisBroker } from './redisBroker.js';
import { RedisResults } from './redisResults.js';
import { RpcResults } from './rpcResults.js';

/**
 * The celery engine for the broker and the result backend that the options name. Connects to neither yet.
 * @throws {WaybillError} `ENGINE_NOT_INSTALLED` when a library for one of them is missing; `INVALID_OPTIONS`
 */
export async function openCeleryEngine(options: WaybillOptions, context: EngineContext): Promise<TaskEngine> {
  const { celeryBrokerUrl, celeryResultBackend, celeryQueue: queue } = options;
  if (celeryBrokerUrl === undefined)
    throw new WaybillError('INVALID_OPTIONS', 'CELERY_BROKER_URL must be set. Nothing was started.');
  const { logger } = context;
  const url = parseCeleryUrl('CELERY_BROKER_URL', celeryBrokerUrl);
  const hide = credentialHider([
    celeryBrokerUrl,
    ...(celeryResultBackend === undefined ? [] : [celeryResultBackend]),
  ]);
  const broker = await openBroker(url, queue, context);
  const isRpc = celeryResultBackend?.startsWith('rpc:') === true;
  const redisResults =
    celeryResultBackend === undefined || isRpc
      ? undefined
      : await RedisResults.create({
          library: await loadRedis('CELERY_RESULT_BACKEND'),
          url: parseCeleryUrl('CELERY_RESULT_BACKEND', celeryResultBackend),
          logger,
          hide,
        });
  return new CeleryEngine({
    context,
    hide,
    connect: (receive) =>
      new BrokerConnection({ broker, receive, logger, hide, fields: { broker: url.shown, queue } }),
    results: (connection) => (isRpc ? new RpcResults(connection) : redisResults),
  });
}

async function openBroker(url: CeleryUrl, queue: string, { worker, logger }: EngineContext): Promise<Broker> {
  if (url.transport === 'redis')
    return new RedisBroker({ library: await loadRedis('CELERY_BROKER_URL'), url, queue, worker, logger });
  const library: RabbitmqLibrary = await loadPeer(() => import('amqplib'), {
    package: 'amqplib',
    neededFor: 'TASK_ENGINE is celery, and CELERY_BROKER_URL leads to RabbitMQ',
  });
  return new RabbitmqBroker({ library, url, queue, worker });
}

function loadRedis(variable: string): Promise<RedisLibrary> {
  return loadPeer(() => import('ioredis'), {
    package: 'ioredis',
    neededFor: `TASK_ENGINE is celery, and ${variable} leads to Redis`,
  });
}
