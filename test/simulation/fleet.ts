import { EventLogService } from '../../src/delivery/eventLogService.js';
import type { Alterations } from './alterations.js';
import { durations } from './circumstances.js';
import type { ClickHouseStandIn } from './clickhouseStandIn.js';
import { eventLogPort } from './eventLogPort.js';
import { outboxPort } from './outboxPort.js';
import type { PostgresStandIn } from './postgresStandIn.js';
import type { Promises } from './promises.js';
import { clickhouseErrors, postgresErrors, unavailableAnswers } from './serverErrors.js';
import type { Surroundings } from './surroundings.js';
import { Wire, type Server } from './wire.js';
import { WorkerProcess } from './workerProcess.js';

interface Worker {
  readonly process: WorkerProcess;
  readonly stopRuns: AbortController;
  isRunning: boolean;
}

/** The workers of a history: each a process of its own, in which the real service runs again and again. */
export class Fleet {
  readonly #surroundings: Surroundings;
  readonly #postgres: PostgresStandIn;
  readonly #clickhouse: ClickHouseStandIn;
  readonly #promises: Promises;
  readonly #alterations: Alterations;
  readonly #workers: Worker[] = [];
  #mayRun = true;

  constructor(
    surroundings: Surroundings,
    postgres: PostgresStandIn,
    clickhouse: ClickHouseStandIn,
    promises: Promises,
    alterations: Alterations,
  ) {
    this.#surroundings = surroundings;
    this.#postgres = postgres;
    this.#clickhouse = clickhouse;
    this.#promises = promises;
    this.#alterations = alterations;
  }

  /** Starts a worker under a name that no other has had. */
  start(): void {
    const { time, journal } = this.#surroundings;
    const name = `worker-${String(this.#workers.length + 1)}`;
    const process = new WorkerProcess(name, time, journal, this.#alterations.clockStopsWithWorker === true);
    const worker = { process, stopRuns: new AbortController(), isRunning: false };
    this.#workers.push(worker);
    const service = this.#service(worker);
    this.#beginRun(worker, service);
  }

  /** Kills one worker; another starts in its place after a while. */
  kill(): void {
    const worker = this.#pick();
    if (worker === undefined) return;
    const { choices } = this.#surroundings;
    if (choices.among(4) === 3) this.#end(worker);
    else worker.process.kill();
  }

  /** Stops one worker for a while, mostly for longer than its lease. */
  stop(): void {
    this.#pick()?.process.stopFor(300 + this.#surroundings.choices.among(5_000));
  }

  resumeAll(): void {
    for (const { process } of this.#workers) process.resume();
  }

  /** Runs that are under way end; none begins any more. */
  endRuns(): void {
    this.#mayRun = false;
  }

  isIdle(): boolean {
    return this.#workers.every(
      ({ process, isRunning }) => !process.isAlive || (!isRunning && !process.isStopped),
    );
  }

  /** Asks a worker to stop, as SIGTERM does. */
  #end(worker: Worker): void {
    this.#surroundings.journal.record('fault: worker asked to stop', worker.process.name);
    worker.process.receive(() => {
      worker.stopRuns.abort();
    });
    this.#replace();
  }

  #replace(): void {
    const { time, choices } = this.#surroundings;
    time.after(choices.among(1_500), () => {
      if (this.#mayRun) this.start();
    });
  }

  #pick(): Worker | undefined {
    const alive = this.#workers.filter(
      ({ process, stopRuns }) => process.isAlive && !stopRuns.signal.aborted,
    );
    return alive[this.#surroundings.choices.among(Math.max(1, alive.length))];
  }

  #beginRun(worker: Worker, service: EventLogService): void {
    if (!this.#mayRun || worker.stopRuns.signal.aborted) return;
    const { choices, journal } = this.#surroundings;
    worker.isRunning = true;
    const ttl = choices.among(8) === 7 ? choices.among(2_000) : undefined;
    service
      .run({ ttl, signal: worker.stopRuns.signal })
      .then((report) => {
        worker.isRunning = false;
        journal.record(`run: ${report.endedBecause}`, worker.process.name);
        worker.process.clock.after(durations.betweenRunsMs + choices.among(400), () => {
          this.#beginRun(worker, service);
        });
      })
      .catch((error: unknown) => {
        this.#promises.break(`a run threw: ${String(error)}`);
      });
  }

  #service({ process }: Worker): EventLogService {
    const { choices, circumstances } = this.#surroundings;
    const toPostgres = new Wire(process, this.#postgresServer(), this.#surroundings);
    const toClickHouse = new Wire(process, this.#clickhouseServer(), this.#surroundings);
    process.atDeath(() => {
      this.#replace();
    });
    return new EventLogService(
      {
        outbox: outboxPort(toPostgres, this.#postgres),
        eventLog: eventLogPort(toClickHouse, this.#clickhouse, this.#postgres),
      },
      {
        partitionQuantity: circumstances.quantity,
        failedSendingRetries: circumstances.retries,
        quarantinedPerRunMax: circumstances.quarantinedPerRunMax,
        maxWaitMs: durations.maxWaitMs,
        concurrency: circumstances.streams,
        claimLeaseMs: durations.claimLeaseMs,
        stopGraceMs: durations.stopGraceMs,
        backoff: { firstMs: 20, maxMs: 400, random: () => choices.among(1_000) / 1_000 },
        worker: process.name,
        clock: process.clock,
      },
    );
  }

  #postgresServer(): Server {
    return {
      name: 'postgres',
      timeoutMs: durations.statementTimeoutMs,
      isDown: () => this.#postgres.isDown,
      errors: { ...postgresErrors, aborted: postgresErrors.reset },
      unavailable: () => postgresErrors.unavailable,
    };
  }

  #clickhouseServer(): Server {
    const { choices } = this.#surroundings;
    return {
      name: 'clickhouse',
      timeoutMs: durations.requestTimeoutMs,
      isDown: () => this.#clickhouse.isDown,
      errors: clickhouseErrors,
      unavailable: () => {
        if (this.#alterations.outageLooksLikeRefusal === true) return clickhouseErrors.likeRefusal;
        return unavailableAnswers[choices.among(unavailableAnswers.length)] ?? clickhouseErrors.memory;
      },
    };
  }
}
