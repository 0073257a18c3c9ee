import type { WaybillOptions } from '../config/options.js';
import { silentLogger, type Logger } from '../observe/logger.js';
import { assertFit } from './assertFit.js';
import { cleanEventsOutbox } from './cleanEventsOutbox.js';
import type { Task, TaskEngine, TaskResult } from './engine.js';
import { fillHorizonMs } from './fillHorizon.js';
import { openDelivery, resolveDelivery, type Delivery, type DeliveryOptions } from './openDelivery.js';
import { PostgresEngine } from './postgresEngine.js';
import { processEvents } from './processEvents.js';

const minuteMs = 60_000;

/**
 * Runs `process_events` and `clean_events_outbox` at their intervals, in this process. Any number of workers may run.
 *
 * @example
 * const worker = createWorker({ logSendingFrequencyInMinutes: 1 });
 * await worker.start();
 * process.once('SIGTERM', () => void worker.stop());
 */
export function createWorker({ logger = silentLogger, ...given }: DeliveryOptions = {}): Worker {
  return new Worker(resolveDelivery(given, logger), logger);
}

export class Worker {
  readonly options: WaybillOptions;
  readonly #logger: Logger;
  readonly #delivery: Delivery;
  readonly #engine: TaskEngine;
  #stopped: Promise<void> | undefined;

  constructor(options: WaybillOptions, logger: Logger) {
    this.options = options;
    this.#logger = logger;
    this.#delivery = openDelivery(options, logger);
    this.#engine = new PostgresEngine({
      outbox: this.#delivery.outbox,
      worker: this.#delivery.service.worker,
      logger,
      leaseMs: options.claimLeaseInSeconds * 1_000,
    });
  }

  /**
   * Examines both databases for what is fatal, as `waybill doctor` does, and starts the tasks.
   * @throws {WaybillError} with everything that is fatal, under the code of the finding (`NOT_MIGRATED`,
   *   `SCHEMA_TOO_NEW`, `TABLE_MISSING`, `TABLE_WOULD_DOUBLE`, …; docs/doctor.md lists them), or under
   *   `DATABASES_UNFIT` where there are several; or what Postgres answers when it cannot be reached.
   *   A ClickHouse that cannot be reached stops nothing: that is what the outbox is for.
   */
  async start(): Promise<void> {
    const { outbox, eventLog } = this.#delivery;
    await assertFit({ outbox, eventLog, options: this.options }, this.#logger);
    const tasks = this.#tasks();
    await this.#engine.start(tasks);
    this.#logger.info(
      {
        worker: this.#delivery.service.worker,
        tasks: tasks.map(({ name, intervalMs }) => ({ name, intervalMs })),
      },
      'worker started',
    );
  }

  /** Finishes the batches under way, gives up every claim and closes the connections. May be called twice. */
  stop(): Promise<void> {
    this.#stopped ??= this.#engine
      .stop()
      .finally(() => this.#delivery.close())
      .then(() => {
        this.#logger.info({}, 'worker stopped');
      });
    return this.#stopped;
  }

  #tasks(): Task[] {
    const { logSendingFrequencyInMinutes, outboxCleanInMinutes } = this.options;
    return [
      {
        name: 'process_events',
        intervalMs: Math.round(logSendingFrequencyInMinutes * minuteMs),
        run: (signal) => this.#processEvents(signal),
      },
      {
        name: 'clean_events_outbox',
        intervalMs: Math.round(outboxCleanInMinutes * minuteMs),
        run: (signal) => this.#cleanEventsOutbox(signal),
      },
    ];
  }

  async #processEvents(signal: AbortSignal): Promise<TaskResult> {
    const { outbox, service } = this.#delivery;
    const { eventPartitionSize } = this.options;
    const report = await processEvents(
      { outbox, service, eventPartitionSize, logger: this.#logger },
      { signal },
    );
    const {
      runId,
      endedBecause,
      eventsDelivered: events,
      batchesDelivered: batches,
      attemptsFailed,
      durationMs: ms,
    } = report;
    const fields = { runId, endedBecause, events, batches, attemptsFailed, ms };
    // With short intervals most runs find nothing to do, and nobody wants a line for each.
    if (events === 0 && attemptsFailed === 0) this.#logger.debug(fields, 'process_events had nothing to do');
    else this.#logger.info(fields, 'process_events has run');
    // An error that the run got over is told in its report; the task has failed when the run ended for it.
    const failed = !['drained', 'ttl_over', 'stopped'].includes(endedBecause);
    return { error: failed ? (report.error?.text ?? endedBecause) : undefined };
  }

  async #cleanEventsOutbox(signal: AbortSignal): Promise<TaskResult> {
    const { outbox } = this.#delivery;
    const { eventPartitionSize, historyRetentionInDays, outboxCleanInMinutes } = this.options;
    const report = await cleanEventsOutbox(
      {
        outbox,
        eventPartitionSize,
        historyRetentionDays: historyRetentionInDays,
        fillHorizonMs: fillHorizonMs(outboxCleanInMinutes),
      },
      signal,
    );
    const { partitions, eventsDeleted, eventsLeft, batchesCleaned, durationMs: ms } = report;
    const partitionsDropped = partitions.dropped.length;
    const fields = { partitionsDropped, eventsDeleted, eventsLeft, batchesCleaned, ms };
    this.#logger.info(fields, 'clean_events_outbox has run');
    return { error: undefined };
  }
}
