import { resolveOptions, type GivenOptions, type WaybillOptions } from '../config/options.js';
import type { SettingName } from '../config/settings.js';
import { EventLogService } from '../delivery/eventLogService.js';
import { deliveryPorts } from '../delivery/ports.js';
import { closeEventLog, openEventLog, type EventLog } from '../eventlog/client.js';
import { silentLogger, type Logger } from '../observe/logger.js';
import { closeOutbox, openOutbox, type Outbox } from '../outbox/database.js';
import { WaybillError } from '../waybillError.js';

/** Everything that delivering needs, opened from the options. */
export interface Delivery {
  readonly outbox: Outbox;
  readonly eventLog: EventLog;
  readonly service: EventLogService;
  close(): Promise<void>;
}

/** Options in code for what this process opens. Those not given come from the environment, `.env` and the defaults. */
export interface DeliveryOptions extends GivenOptions {
  /** Default: logs nothing. A logger of `pino` fits. */
  readonly logger?: Logger | undefined;
}

/**
 * Opens the EventLogService for code that runs it by itself, without the worker and its tasks.
 * @throws {InvalidOptionsError}
 *
 * @example
 * const delivery = openEventLogService();
 * const report = await delivery.service.run({ ttl: 30_000 });
 * await delivery.close();
 */
export function openEventLogService({ logger = silentLogger, ...given }: DeliveryOptions = {}): Delivery {
  return openDelivery(resolveDelivery(given, logger), logger);
}

/** Resolves the options that delivering needs, and those in `alsoRequired`; logs what looks like a mistake in them. */
export function resolveDelivery(
  given: GivenOptions,
  logger: Logger,
  alsoRequired: readonly SettingName[] = [],
): WaybillOptions {
  const required = ['databaseUrl', 'clickhouseUrl', ...alsoRequired] as const;
  const { options, notices } = resolveOptions({ given, required });
  for (const notice of notices) logger.warn({}, notice);
  return options;
}

const minuteMs = 60_000;
const secondMs = 1_000;

/** Opens nothing over the network yet. Close it when done. */
export function openDelivery(options: WaybillOptions, logger: Logger): Delivery {
  const { databaseUrl, clickhouseUrl, deliveryConcurrency } = options;
  if (databaseUrl === undefined || clickhouseUrl === undefined) {
    throw new WaybillError(
      'INVALID_OPTIONS',
      'DATABASE_URL and CLICKHOUSE_URL must be set. Nothing was started.',
    );
  }
  // A stream holds one connection for its COPY; statements, renewals and the clock of the tasks share the others.
  const connectionsMax = 2 * deliveryConcurrency + 2;
  const outbox = openOutbox({
    databaseUrl,
    schema: options.schema,
    connectionsMax,
    onIdleError: (error) => {
      logger.warn({ err: error }, 'a connection to Postgres was lost while idle; it is replaced when needed');
    },
  });
  const eventLog = openEventLog({
    clickhouseUrl,
    database: options.clickhouseDatabase,
    table: options.clickhouseTable,
    cluster: options.clickhouseCluster,
    timeoutMs: options.insertTimeoutInSeconds * secondMs,
    connectionsMax,
  });
  const maxWait = options.logEventsMaxWaitInMinutes;
  const service = new EventLogService(deliveryPorts(outbox, eventLog), {
    partitionQuantity: options.logEventsPartitionQuantity,
    failedSendingRetries: options.failedLogSendingRetries,
    maxWaitMs: maxWait === undefined ? undefined : maxWait * minuteMs,
    concurrency: deliveryConcurrency,
    claimLeaseMs: options.claimLeaseInSeconds * secondMs,
    logger,
  });
  return {
    outbox,
    eventLog,
    service,
    async close() {
      await closeEventLog(eventLog);
      await closeOutbox(outbox);
    },
  };
}
