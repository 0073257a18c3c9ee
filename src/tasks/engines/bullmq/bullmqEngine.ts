import type { Redis } from 'ioredis';
import { backoffMs } from '../../../delivery/backoff.js';
import { systemClock, waitUnless } from '../../../delivery/clock.js';
import type { ScheduledTask, Task, TaskEngine, TaskRequest } from '../../engine.js';
import { scheduleTasks } from '../../scheduleTasks.js';
import { TaskLoops } from '../../taskLoops.js';
import type { TriggerResult } from '../../taskRunner.js';
import type { EngineContext } from '../engineContext.js';
import { closeWorker, openWorker, type ClosableWorker } from './closableWorker.js';
import { endConnection } from './endConnection.js';
import { judgeRedis } from './judgeRedis.js';
import type { BullmqLibraries } from './loadBullmq.js';
import { OutageLog } from './outageLog.js';
import { processJob, type RunTask } from './processJob.js';
import { SchedulerWatch, watchTimes, type WatchTimes } from './schedulerWatch.js';
import { stalledTimes } from './stalledTimes.js';
import { within } from './within.js';
import { messageOf } from '../../../waybillError.js';

export interface BullmqEngineOptions {
  readonly redisUrl: string;
  readonly queue: string;
  /** Of the keys in Redis. */
  readonly prefix: string;
  /** How long the claim of a task outlives a worker that died, in milliseconds. */
  readonly claimLeaseMs: number;
  /** Default: by the intervals. */
  readonly watch?: WatchTimes | undefined;
}

/** Longest waits before Redis is tried again, in milliseconds: the first and any other. */
const retryBackoff = { firstMs: 500, maxMs: 30_000 };
/** How long a start waits for Redis; the worker goes on trying afterwards. */
const startMsMax = 5_000;
/** How long a look at the schedulers, or their entering, may take to end with its connection, in milliseconds. */
const closeMsMax = 1_000;
/** Jobs in work at the same time, for each task: one runs, and another is answered beside it. */
const jobsPerTask = 2;
/** Finished jobs that are kept for a look at them, and failed ones. */
const jobsKept = 200;
/** Stalled jobs are never failed for it: a task that its worker did not survive is due as before. */
const stalledCountMax = 1_000_000;

/**
 * Runs tasks by the job schedulers of BullMQ, one for each task in one queue, whose times are those of the clocks of the
 * workers. Which worker takes a job is BullMQ's matter; that a task runs once at a time, that of its claim in Postgres.
 *
 * Redis is the clock and nothing more: without it no task starts by itself, nothing is lost, and `waybill tasks run`
 * works. The worker tries for ever to reach it. What Redis forgets is entered again (`SchedulerWatch`).
 */
export class BullmqEngine implements TaskEngine {
  readonly name = 'bullmq';
  readonly #libraries: BullmqLibraries;
  readonly #options: BullmqEngineOptions;
  readonly #context: EngineContext;
  readonly #outages: OutageLog;
  readonly #loops: TaskLoops;
  readonly #stopping = new AbortController();
  /** Runs of tasks that jobs started. They end in Postgres, whatever becomes of Redis. */
  readonly #running = new Set<Promise<void>>();
  #redis: Redis | undefined;
  #worker: ClosableWorker | undefined;
  /** Waits for its connections. */
  #opening: ClosableWorker | undefined;
  #opened: Promise<readonly ScheduledTask[] | undefined> | undefined;
  #watching: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(libraries: BullmqLibraries, options: BullmqEngineOptions, context: EngineContext) {
    this.#libraries = libraries;
    this.#options = options;
    this.#context = context;
    const { runner, logger } = context;
    this.#outages = new OutageLog(logger, options.redisUrl);
    this.#loops = new TaskLoops({ runner, logger, trigger: 'request' });
  }

  /** Enters the tasks in Postgres, and in Redis as soon as that answers, for which it waits a few seconds and no longer. */
  async start(tasks: readonly Task[]): Promise<readonly ScheduledTask[]> {
    const { outbox, logger } = this.#context;
    const scheduled = await scheduleTasks(outbox, tasks, this.name);
    this.#loops.start(tasks);
    this.#opened = this.#open(tasks);
    const opened = await Promise.race([this.#opened, this.#wait(startMsMax)]);
    if (opened !== undefined) return opened;
    if (!this.#isStopping())
      logger.warn({}, 'Redis has not answered yet; the tasks are entered there when it does');
    return scheduled;
  }

  /**
   * Ends the runs under way, which leaves no claim, and reports them to Redis if that can be reached: what was not
   * reported is done again by another worker.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#worker?.pause(true); // takes no more jobs
    await this.#loops.stop();
    await Promise.all(this.#running);
    const redis = this.#redis;
    if (redis === undefined) return;
    if (this.#worker !== undefined && !(await closeWorker(this.#worker, redis)))
      this.#context.logger.warn(
        {},
        'Redis could not be told how the last jobs ended; jobs under way are done again',
      );
    // Without it a connection that Redis does not let in is tried for ever.
    await within(closeMsMax, Promise.resolve(this.#opening?.close(true)));
    endConnection(redis);
    await within(closeMsMax, Promise.all([this.#opened, this.#watching]));
    this.#outages.ended();
  }

  /** Tries until Redis answers and all is entered there, or the engine stops. */
  async #open(tasks: readonly Task[]): Promise<readonly ScheduledTask[] | undefined> {
    const redis = this.#connect();
    for (let retry = 1; !this.#isStopping(); retry += 1) {
      try {
        return await this.#enter(redis, tasks);
      } catch (error) {
        if (this.#isStopping()) break;
        this.#outages.told(error, 'the tasks could not be entered in Redis; trying again');
        await this.#wait(backoffMs(retry, retryBackoff));
      }
    }
    return undefined;
  }

  #connect(): Redis {
    const { Redis } = this.#libraries;
    const redis = new Redis(this.#options.redisUrl, {
      // BullMQ asks for it: a command waits for Redis, however long that takes.
      maxRetriesPerRequest: null,
      retryStrategy: (tried) => backoffMs(tried, retryBackoff),
    });
    redis.on('error', (error) => {
      this.#outages.failed(error);
    });
    redis.on('ready', () => {
      this.#outages.answered();
    });
    this.#redis = redis;
    return redis;
  }

  async #enter(redis: Redis, tasks: readonly Task[]): Promise<readonly ScheduledTask[]> {
    const { logger, outbox } = this.#context;
    // One that cannot be selected is only told to a listener, and the connection stays on number 0.
    const { db = 0 } = redis.options;
    if (db !== 0) await redis.select(db);
    for (const fault of judgeRedis(await redis.info())) logger.warn({}, fault);
    const queue = new this.#libraries.bullmq.Queue(this.#options.queue, this.#bullmqOptions(redis));
    queue.on('error', (error) => {
      this.#tell(redis, error);
    });
    const times = this.#options.watch ?? watchTimes(tasks);
    const watch = new SchedulerWatch({ queue, tasks, outbox, times, logger, outages: this.#outages });
    try {
      const scheduled = await watch.enter();
      const worker = this.#openWorker(redis, tasks);
      this.#opening = worker;
      await worker.waitUntilReady();
      if (this.#isStopping()) throw new Error('The engine was stopped while its worker was opened.');
      this.#worker = worker;
      void worker.run().catch((error: unknown) => {
        this.#outages.told(error, 'the worker of BullMQ has ended');
      });
      this.#watching = watch.run(this.#stopping.signal);
      return scheduled;
    } catch (error) {
      await this.#opening?.close(true);
      await queue.close();
      throw error;
    } finally {
      this.#opening = undefined;
    }
  }

  #openWorker(redis: Redis, tasks: readonly Task[]): ClosableWorker {
    const { bullmq } = this.#libraries;
    const { worker: name, logger } = this.#context;
    const { lockMs, lookMs } = stalledTimes(this.#options.claimLeaseMs);
    const { signal } = this.#stopping;
    const run: RunTask = (task, request) => this.#run(task, request);
    const worker = openWorker(
      bullmq,
      this.#options.queue,
      (job, token) => processJob({ bullmq, run, tasks, logger, signal }, job, token),
      {
        ...this.#bullmqOptions(redis),
        name,
        autorun: false,
        concurrency: jobsPerTask * tasks.length,
        lockDuration: lockMs,
        stalledInterval: lookMs,
        maxStalledCount: stalledCountMax,
        removeOnComplete: { count: jobsKept },
        removeOnFail: { count: jobsKept },
      },
    );
    worker.on('error', (error) => {
      this.#tell(redis, error);
    });
    worker.on('stalled', (job) => {
      logger.warn({ job }, 'a job was taken back from a worker that has died');
    });
    worker.on('failed', (job, error) => {
      logger.warn({ job: job?.id, task: job?.name, reason: messageOf(error) }, 'a job has failed');
    });
    return worker;
  }

  #run(task: Task, request: TaskRequest): Promise<TriggerResult> {
    const running = this.#context.runner.trigger(task, request);
    const ended = running.then(
      () => undefined,
      () => undefined, // whoever asked for the run is told
    );
    this.#running.add(ended);
    void ended.then(() => this.#running.delete(ended));
    return running;
  }

  #bullmqOptions(connection: Redis) {
    // Looked at by judgeRedis. Without BullMQ's look a worker waits in whole seconds: a job starts up to one later.
    return { connection, prefix: this.#options.prefix, skipVersionCheck: true };
  }

  #tell(redis: Redis, error: unknown): void {
    if (redis.status === 'ready') this.#outages.told(error, 'BullMQ met an error');
    else this.#outages.failed(error);
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #wait(durationMs: number): Promise<undefined> {
    return waitUnless(this.#stopping.signal, systemClock, durationMs).then(() => undefined);
  }
}
