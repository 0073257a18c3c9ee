import type { GivenOptions } from '../../../src/config/options.js';
import type { EngineName } from '../../../src/config/settings.js';
import type { Outbox } from '../../../src/outbox/database.js';
import type { TaskName } from '../../../src/tasks/engine.js';

/**
 * What the conformance suite (conformance.ts) needs to know of an engine, and of the broker that it runs on. Each
 * kind is a file of its own beside this one, and has a file of tests, conformance*.test.ts, so that the kinds run side by side.
 */
export interface EngineKind {
  /** In the names of tests, such as `celery on RabbitMQ`. */
  readonly name: string;
  /** TASK_ENGINE of its workers. */
  readonly engine: EngineName;
  /** The shortest interval that the suite may ask for, in milliseconds. */
  readonly intervalMsMin: number;
  /** Whether the due times are those of table `task`, which then keep their phase. A broker keeps times of its own. */
  readonly clockIsPostgres: boolean;
  /**
   * Starts a broker of the suite's own, once for all of its tests: on a free port, in a temporary directory.
   * @throws when its program is missing, with the Debian package to install
   */
  startBroker(): Promise<Broker>;
}

/** A broker that a test may stop and start. Everything waits for its end: no call leaves something half done. */
export interface Broker {
  /** The Postgres in which the outbox of each test is made, where that is the broker. Default: the one of all tests. */
  readonly postgresUrl?: string;
  /** Ends it in order, as an upgrade would: every connection breaks and new ones are refused. */
  stop(): Promise<void>;
  /** Starts it again: the same port, the same data. Resolves when it answers. */
  restart(): Promise<void>;
  /** Ends it for good, started or not, and removes its data. */
  remove(): Promise<void>;
  /** What one test has of it. Called while the broker runs. */
  openQueue(context: QueueContext): Promise<TestQueue>;
}

export interface QueueContext {
  /** Unique among all tests; letters, digits and underscores. For the queue, its keys or its files. */
  readonly name: string;
  /** The outbox of this test, migrated. */
  readonly outbox: Outbox;
}

/** A queue of one test's own, with nothing in it. */
export interface TestQueue {
  /** The options that lead a worker to it, besides those that the suite gives: databaseUrl, taskEngine, claimLeaseInSeconds. */
  readonly options: GivenOptions;
  /**
   * Starts what sends the due times, where the workers do not: a Celery Beat. Called before the workers start, and again,
   * with other intervals, after the clock of the earlier call was stopped. Each interval is in milliseconds.
   */
  readonly startClock?: (intervalsMs: Intervals) => Promise<RunningClock>;
  /**
   * Starts a task once more, now, as the engine's users would. Resolves when the broker has it.
   * @param ttlMs working time of the run, in milliseconds; unlimited when not given
   */
  trigger(task: TaskName, ttlMs?: number): Promise<Trigger>;
  /** Closes the connections that this queue has opened. Called while the broker runs, after all workers have ended. */
  close(): Promise<void>;
}

export type Intervals = Readonly<Record<TaskName, number>>;

export interface RunningClock {
  stop(): Promise<void>;
}

export interface Trigger {
  /** Whether the engine is done with it: it has had its run, or another run has answered it. It will start nothing more. */
  isAnswered(): Promise<boolean>;
}
