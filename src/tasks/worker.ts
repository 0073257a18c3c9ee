import type { WaybillOptions } from '../config/options.js';
import { systemClock } from '../delivery/clock.js';
import { firstOf } from '../delivery/firstOf.js';
import { formatDuration } from '../durationText.js';
import { silentLogger, type Logger } from '../observe/logger.js';
import { assertFit } from './assertFit.js';
import { cleanEventsOutbox } from './cleanEventsOutbox.js';
import type { Task, TaskEngine, TaskRequest, TaskResult } from './engine.js';
import { fillHorizonMs } from './fillHorizon.js';
import { openDelivery, resolveDelivery, type Delivery, type DeliveryOptions } from './openDelivery.js';
import { openEngine } from './openEngine.js';
import { processEvents } from './processEvents.js';
import { TaskRunner } from './taskRunner.js';
import { WaybillError } from '../waybillError.js';

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
  return new Worker(resolveDelivery(given, logger, ['taskEngine']), logger);
}

export class Worker {
  readonly options: WaybillOptions;
  readonly #logger: Logger;
  readonly #delivery: Delivery;
  #engine: TaskEngine | undefined;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: WaybillOptions, logger: Logger) {
    this.options = options;
    this.#logger = logger;
    this.#delivery = openDelivery(options, logger);
  }

  /**
   * Examines both databases for what is fatal, as `waybill doctor` does, and starts the tasks.
   * @throws {WaybillError} with everything that is fatal, under the code of the finding (`NOT_MIGRATED`,
   *   `SCHEMA_TOO_NEW`, `TABLE_MISSING`, `TABLE_WOULD_DOUBLE`, …; docs/doctor.md lists them), or under
   *   `DATABASES_UNFIT` where there are several; `ENGINE_NOT_INSTALLED` when the library of the chosen task engine is
   *   missing; or what Postgres answers when it cannot be reached.
   *   A ClickHouse or a broker that cannot be reached stops nothing: that is what the outbox is for.
   */
  start(): Promise<void> {
    if (this.#started !== undefined)
      throw new WaybillError('ALREADY_STARTED', 'This worker has been started already. Create another one.');
    return (this.#started = this.#start());
  }

  async #start(): Promise<void> {
    const { outbox, eventLog, service } = this.#delivery;
    const { worker } = service;
    const logger = this.#logger;
    await assertFit({ outbox, eventLog, options: this.options }, logger);
    const leaseMs = this.options.claimLeaseInSeconds * 1_000;
    const { taskEngine: engine } = this.options;
    const runner = new TaskRunner({ outbox, worker, engine, logger, leaseMs });
    this.#engine = await openEngine(this.options, { outbox, runner, worker, logger });
    const scheduled = await this.#engine.start(this.#tasks());
    logger.info({ worker, engine: this.#engine.name }, 'worker started');
    for (const { name, intervalMs, nextDueAt } of scheduled)
      logger.info({ task: name, every: formatDuration(intervalMs), nextDueAt }, 'task scheduled');
  }

  /** Finishes the batches under way, gives up every claim and closes the connections. May be called twice. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    try {
      await this.#started?.catch(() => undefined); // whoever called start has been told
      await this.#engine?.stop();
    } finally {
      await this.#delivery.close();
    }
    this.#logger.info({}, 'worker stopped');
  }

  #tasks(): Task[] {
    const { logSendingFrequencyInMinutes, outboxCleanInMinutes } = this.options;
    return [
      {
        name: 'process_events',
        intervalMs: Math.round(logSendingFrequencyInMinutes * minuteMs),
        run: (request) => this.#processEvents(request),
      },
      {
        name: 'clean_events_outbox',
        intervalMs: Math.round(outboxCleanInMinutes * minuteMs),
        run: (request) => this.#cleanEventsOutbox(request),
      },
    ];
  }

  async #processEvents({ signal, ttlMs, onProgress }: TaskRequest): Promise<TaskResult> {
    const { outbox, service } = this.#delivery;
    const { eventPartitionSize } = this.options;
    const report = await processEvents(
      { outbox, service, eventPartitionSize, logger: this.#logger },
      { signal, ttl: ttlMs, onProgress },
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
    return { error: failed ? (report.error?.text ?? endedBecause) : undefined, report };
  }

  async #cleanEventsOutbox({ signal, ttlMs }: TaskRequest): Promise<TaskResult> {
    const { outbox } = this.#delivery;
    const { eventPartitionSize, historyRetentionInDays, outboxCleanInMinutes } = this.options;
    const ttlOver = new AbortController();
    const cancelTtl = systemClock.after(ttlMs ?? Infinity, () => {
      ttlOver.abort();
    });
    const ended = firstOf(signal, ttlOver.signal);
    const report = await cleanEventsOutbox(
      {
        outbox,
        eventPartitionSize,
        historyRetentionDays: historyRetentionInDays,
        fillHorizonMs: fillHorizonMs(outboxCleanInMinutes),
      },
      ended.signal,
    ).finally(() => {
      cancelTtl();
      ended.stop();
    });
    const { partitions, eventsDeleted, eventsLeft, batchesCleaned, durationMs: ms } = report;
    const partitionsDropped = partitions.dropped.length;
    const fields = { partitionsDropped, eventsDeleted, eventsLeft, batchesCleaned, ms };
    this.#logger.info(fields, 'clean_events_outbox has run');
    return { error: undefined, report };
  }
}
