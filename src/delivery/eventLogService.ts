import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { silentLogger, type Logger } from '../observe/logger.js';
import type { ClaimRequest } from '../outbox/claimBatch.js';
import { messageOf, WaybillError } from '../waybillError.js';
import { attemptBatch, type DeliveryRun, type HeldBatch } from './attemptBatch.js';
import { backoffMs, type BackoffOptions } from './backoff.js';
import { systemClock, type Clock } from './clock.js';
import type { DeliveryPorts } from './ports.js';
import { RunClock } from './runClock.js';
import { emptyTally, type RunReport, type RunTally } from './runReport.js';
import { SendingLimit } from './sendingLimit.js';

export interface EventLogServiceOptions {
  /** Records in a batch: LOG_EVENTS_PARTITION_QUANTITY. */
  readonly partitionQuantity: number;
  /** Times a failed batch is sent again before the run ends: FAILED_LOG_SENDING_RETRIES. */
  readonly failedSendingRetries: number;
  /** Send a smaller batch once its oldest record has waited this long, in milliseconds. Never when not given. */
  readonly maxWaitMs?: number | undefined;
  /** Most batches sent at the same time: DELIVERY_CONCURRENCY. Fewer while ClickHouse says that it has too much to do. */
  readonly concurrency: number;
  /** How long a claim holds without renewal, in milliseconds. */
  readonly claimLeaseMs: number;
  /** Waits between the attempts to send a batch. Default: from half a second, doubling, up to 30 s. */
  readonly backoff?: BackoffOptions | undefined;
  /**
   * Events that one run quarantines before it ends. Where so many are refused it is most likely the table that is at fault,
   * and each costs an insert of its own. Default 1,000.
   */
  readonly quarantinedPerRunMax?: number | undefined;
  /** How long a run that is asked to stop may still use to finish the batches under way, in milliseconds. Default 10,000. */
  readonly stopGraceMs?: number | undefined;
  /** Unique name of this worker. Default: host, process id and a random part. */
  readonly worker?: string | undefined;
  readonly logger?: Logger | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

export interface RunOptions {
  /** Working time of this run, in milliseconds: it takes up no further batch after that. Unlimited when not given. */
  readonly ttl?: number | undefined;
  /** Asks the run to stop: it finishes the batches under way and takes up no other. */
  readonly signal?: AbortSignal | undefined;
  /** Told the figures so far after each attempt. */
  readonly onProgress?: ((tally: Readonly<RunTally>) => void) | undefined;
}

interface RetriedAttempt {
  readonly retryId: string | undefined;
  /** Before it is due again. */
  readonly waitMs: number;
}

/** Timers may fire a little early, and a batch that is not due yet would look like one that another worker has taken. */
const dueMarginMs = 20;

/**
 * Fetches event log batches from the outbox and sends them to ClickHouse.
 *
 * One call of `run` is one instance's working time. It seals and sends batch after batch until fewer records than a
 * batch are left, its ttl is over, or it is stopped. A batch that fails goes back to AWAITING_DELIVERY and is sent
 * again, with growing waits, as often as the retries allow; then the run ends, and the batch is the next run's first.
 * A batch that is refused for its data is cut in pieces until the events at fault stand alone, in quarantine.
 *
 * Any number of services may run at once, in any number of processes: a batch is claimed by one of them at a time.
 * A service that dies leaves a claim that expires; whoever claims the batch next sends it under the same token.
 */
export class EventLogService {
  readonly #ports: DeliveryPorts;
  readonly #options: EventLogServiceOptions;
  readonly #logger: Logger;
  readonly #backoff: BackoffOptions;
  readonly #clock: Clock;
  readonly worker: string;

  constructor(ports: DeliveryPorts, options: EventLogServiceOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#clock = options.clock ?? systemClock;
    this.#backoff = options.backoff ?? { firstMs: 500, maxMs: 30_000 };
    this.worker = options.worker ?? `${hostname()}:${String(process.pid)}:${randomUUID().slice(0, 8)}`;
  }

  /**
   * Delivers what is there. What goes wrong with batches, ClickHouse or Postgres is told in the report and logged,
   * not thrown: nothing of it loses an event.
   */
  async run(options: RunOptions = {}): Promise<RunReport> {
    const runId = randomUUID();
    const startedAt = this.#clock.now();
    const runClock = new RunClock(options, this.#options.stopGraceMs ?? 10_000, this.#clock);
    const tally = emptyTally();
    try {
      await this.#ports.outbox.startRun({ runId, worker: this.worker, startedAt });
      const run: DeliveryRun = {
        ...this.#ports,
        runId,
        clock: this.#clock,
        runClock,
        tally,
        partialSealed: false,
        sendingLimit: new SendingLimit(this.#options.concurrency),
        onProgress: options.onProgress ?? (() => undefined),
        claimLeaseMs: this.#options.claimLeaseMs,
        logger: this.#logger,
        tableChecked: onceItSucceeds(() => this.#ports.eventLog.checkTable(runClock.graceOver)),
      };
      await this.#runStreams(run);
    } catch (error) {
      this.#fail(error, runClock, tally);
    } finally {
      runClock.stop();
    }
    const report = this.#report(runId, startedAt, runClock, tally);
    await this.#record(report);
    return report;
  }

  /** Runs as many streams as there is work for. */
  async #runStreams(run: DeliveryRun): Promise<void> {
    const streams = new Set<Promise<void>>();
    const startOne = (): void => {
      if (streams.size >= run.sendingLimit.allowed) return;
      const stream = this.#runStream(run, startOne)
        .catch((error: unknown) => {
          this.#fail(error, run.runClock, run.tally);
        })
        .finally(() => streams.delete(stream));
      streams.add(stream);
    };
    startOne();
    while (streams.size > 0) await Promise.all(streams);
  }

  /** Delivers batch after batch until there is a reason to end. Where one was found, another stream may find the next. */
  async #runStream(run: DeliveryRun, startOne: () => void): Promise<void> {
    const nextBatch = async (): Promise<HeldBatch | undefined> => {
      const batch = await this.#nextBatch(run);
      if (batch !== undefined) startOne();
      return batch;
    };
    while (run.runClock.mayGoOn()) {
      const first = await this.#attempt(run, nextBatch, 1);
      if (first === undefined) return;
      await this.#retry(run, first);
    }
  }

  /** Sends a batch that has failed again, and again while it fails and the run may go on. Ends the run when it gives up. */
  async #retry(run: DeliveryRun, first: RetriedAttempt): Promise<void> {
    const { runClock } = run;
    let last: RetriedAttempt | undefined = first;
    for (let retry = 1; last?.retryId !== undefined; retry += 1) {
      const { retryId, waitMs } = last;
      if (retry > this.#options.failedSendingRetries) runClock.end('retries_exhausted');
      if (runClock.mayGoOn()) await runClock.wait(waitMs + dueMarginMs);
      if (!runClock.mayGoOn()) return; // the batch awaits delivery; whoever comes next sends it
      // Undefined: another worker has taken it up meanwhile.
      last = await this.#attempt(run, () => this.#claim({ batchId: retryId }), retry + 1);
    }
  }

  /**
   * Within the limit of what may be sent at the same time: claims a batch and sends it once. What comes back is the batch to
   * try next, if it is not delivered, lost to another worker, or in pieces, which are due like any other. Undefined: none was
   * claimed.
   * @param number of the attempt in this run, from 1
   */
  async #attempt(
    run: DeliveryRun,
    claim: () => Promise<HeldBatch | undefined>,
    number: number,
  ): Promise<RetriedAttempt | undefined> {
    await run.sendingLimit.acquire();
    try {
      if (!run.runClock.mayGoOn()) return undefined;
      const batch = await claim();
      if (batch === undefined) return undefined;
      const waitMs = backoffMs(number, this.#backoff);
      const { outcome, retryId } = await attemptBatch(run, batch, waitMs);
      run.onProgress(run.tally);
      if (outcome === 'delivered') run.sendingLimit.noteDelivery();
      if (outcome === 'misconfigured') run.runClock.end('misconfigured');
      if (run.tally.eventsQuarantined >= (this.#options.quarantinedPerRunMax ?? 1_000))
        run.runClock.end('too_many_rejected');
      return { retryId, waitMs };
    } finally {
      run.sendingLimit.release();
    }
  }

  /**
   * Batches that are due come before new ones; those that have failed as often as a run tries come last, so that one that
   * nothing helps holds back no other.
   */
  async #nextBatch(run: DeliveryRun): Promise<HeldBatch | undefined> {
    const full = await this.#take(run, false);
    if (full.batch !== undefined) return full.batch;
    if (this.#isPartialDue(run, full.oldestWaitingAt)) {
      run.partialSealed = true;
      const partial = await this.#take(run, true);
      if (partial.batch !== undefined) return partial.batch;
    }
    return this.#claim({});
  }

  /** One batch of a run at most is partial: a second would hold the few events that came while the first was sent. */
  #isPartialDue(run: DeliveryRun, oldestWaitingAt: Date | undefined): boolean {
    const { maxWaitMs } = this.#options;
    if (run.partialSealed || maxWaitMs === undefined || oldestWaitingAt === undefined) return false;
    return this.#clock.now().getTime() - oldestWaitingAt.getTime() >= maxWaitMs;
  }

  async #take(
    run: DeliveryRun,
    partial: boolean,
  ): Promise<{ readonly batch?: HeldBatch; readonly oldestWaitingAt?: Date | undefined }> {
    const claimedAtMs = this.#clock.monotonicMs();
    const { claimLeaseMs: leaseMs, partitionQuantity: quantity, failedSendingRetries } = this.#options;
    const taken = await this.#ports.outbox.takeBatch({
      claimedBy: this.worker,
      leaseMs,
      attemptsMax: failedSendingRetries + 1,
      quantity,
      partial,
    });
    if (taken.batch === undefined) return { oldestWaitingAt: taken.oldestWaitingAt };
    if (taken.sealed) run.tally.batchesSealed += 1;
    return { batch: { ...taken.batch, claimedAtMs } };
  }

  async #claim(which: Pick<ClaimRequest, 'batchId'>): Promise<HeldBatch | undefined> {
    const claimedAtMs = this.#clock.monotonicMs();
    const { claimLeaseMs: leaseMs } = this.#options;
    const batch = await this.#ports.outbox.claimBatch({ claimedBy: this.worker, leaseMs, ...which });
    return batch === undefined ? undefined : { ...batch, claimedAtMs };
  }

  #fail(error: unknown, runClock: RunClock, tally: RunTally): void {
    const isOurs = error instanceof WaybillError;
    tally.error = {
      code: isOurs ? error.code : 'SERVICE_FAILED',
      text: messageOf(error),
    };
    this.#logger.error({ err: error }, 'the run failed; undelivered events are kept in the outbox');
    runClock.end(isOurs ? 'misconfigured' : 'failed');
  }

  #report(runId: string, startedAt: Date, runClock: RunClock, tally: RunTally): RunReport {
    const finishedAt = this.#clock.now();
    const durationMs = Math.round(runClock.elapsedMs());
    return {
      runId,
      worker: this.worker,
      startedAt,
      finishedAt,
      durationMs,
      endedBecause: runClock.endedBecause(),
      ...tally,
    };
  }

  async #record(report: RunReport): Promise<void> {
    try {
      await this.#ports.outbox.finishRun(report);
    } catch (error) {
      // The report itself is returned; its row stays without an end, as that of a worker which died.
      this.#logger.error({ err: error, runId: report.runId }, 'the report of the run could not be stored');
    }
  }
}

/** Runs `work` until it has succeeded once; calls at the same time share one try. */
function onceItSucceeds(work: () => Promise<void>): () => Promise<void> {
  let success: Promise<void> | undefined;
  return () => {
    success ??= work().catch((error: unknown) => {
      success = undefined;
      throw error;
    });
    return success;
  };
}
