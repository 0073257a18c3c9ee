import { backoffMs } from '../../../delivery/backoff.js';
import { systemClock, waitUnless } from '../../../delivery/clock.js';
import { firstOf } from '../../../delivery/firstOf.js';
import { messageOf } from '../../../waybillError.js';
import type { ScheduledTask, Task, TaskEngine } from '../../engine.js';
import { scheduleTasks } from '../../scheduleTasks.js';
import { TaskLoops } from '../../taskLoops.js';
import type { EngineContext } from '../engineContext.js';
import type { ReceivedMessage } from './broker.js';
import type { BrokerConnection } from './brokerConnection.js';
import { decodeMessage, type TaskMessage } from './decodeMessage.js';
import { expired, failure, notRegistered, type Outcome } from './encodeResult.js';
import { readArguments } from './readArguments.js';
import type { Results } from './results.js';
import { TaskGate, type Answer } from './taskGate.js';

export interface CeleryEngineOptions {
  readonly context: EngineContext;
  /** @param receive is given each message */
  readonly connect: (receive: (received: ReceivedMessage) => void) => BrokerConnection;
  /** Undefined: results are kept nowhere. */
  readonly results: (connection: BrokerConnection) => Results | undefined;
  /** Makes of an error one that may be logged. */
  readonly hide: (error: unknown) => Error;
}

/** Between two tries to ask Postgres for a run, while it does not answer. */
const retryWaits = { firstMs: 1_000, maxMs: 30_000 };
const shownMax = 100;

/**
 * A Celery worker for our two tasks: a Celery Beat that a team already runs starts them with messages of a broker.
 *
 * Each message ends in exactly one way. It is acknowledged after the work, so that the message of a worker that died
 * comes back; what need not or cannot be worked on is acknowledged at once, with a result that says why; what can never
 * be understood is rejected. A worker that stops gives back what it has not begun.
 *
 * Whatever a message says, the task's row in Postgres is claimed first: runs do not overlap, whatever starts them.
 */
export class CeleryEngine implements TaskEngine {
  readonly name = 'celery';
  readonly #options: CeleryEngineOptions;
  readonly #connection: BrokerConnection;
  readonly #results: Results | undefined;
  readonly #loops: TaskLoops;
  readonly #stopping = new AbortController();
  readonly #gates = new Map<string, { readonly task: Task; readonly gate: TaskGate }>();
  readonly #inHand = new Set<Promise<void>>();
  /** Runs by the id of their message, which comes a second time when its connection was lost in mid-run. */
  readonly #underWay = new Map<string, Promise<Outcome | undefined>>();

  constructor(options: CeleryEngineOptions) {
    this.#options = options;
    this.#connection = options.connect((received) => {
      const handled = this.#handle(received).finally(() => this.#inHand.delete(handled));
      this.#inHand.add(handled);
    });
    this.#results = options.results(this.#connection);
    const { runner, logger } = options.context;
    this.#loops = new TaskLoops({ runner, logger, trigger: 'request' });
  }

  /** Does not wait for the broker: a worker starts when it is down, and connects when it is there. */
  async start(tasks: readonly Task[]): Promise<readonly ScheduledTask[]> {
    const { outbox, runner } = this.#options.context;
    const scheduled = await scheduleTasks(outbox, tasks, this.name);
    for (const task of tasks) this.#gates.set(task.name, { task, gate: new TaskGate(runner, task) });
    this.#loops.start(tasks);
    this.#connection.start();
    return scheduled;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#connection.pause();
    await Promise.all([...this.#inHand, this.#loops.stop()]);
    await this.#connection.close();
    this.#results?.close();
  }

  /** Its promise never rejects: an error that nobody foresaw ends this message, and no other. */
  async #handle(received: ReceivedMessage): Promise<void> {
    try {
      await this.#settle(received);
    } catch (error) {
      const { logger } = this.#options.context;
      logger.error(
        { err: this.#options.hide(error) },
        'a message of Celery could not be dealt with; it is rejected',
      );
      received.reject();
    }
  }

  async #settle(received: ReceivedMessage): Promise<void> {
    const { logger } = this.#options.context;
    const raw = received.message;
    const message = 'refused' in raw ? raw : decodeMessage(raw);
    if ('refused' in message) {
      logger.warn({}, `a message of Celery is rejected: ${message.refused}`);
      received.reject();
      return;
    }
    const fields = { task: message.task.slice(0, shownMax), taskId: message.id.slice(0, shownMax) };
    const known = this.#gates.get(message.task);
    if (known === undefined) {
      const names = [...this.#gates.keys()].join(', ');
      logger.warn(fields, `a message for an unknown task is rejected; this queue is read for ${names} only`);
      await this.#store(message, notRegistered(message.task));
      received.reject();
      return;
    }
    if (!(await this.#untilDue(message, received))) return;
    const outcome = await this.#outcome(message, known, received.takenBack);
    if (outcome === undefined) {
      received.giveBack();
      return;
    }
    await this.#store(message, outcome);
    received.ack();
    logger.debug({ ...fields, state: outcome.state }, 'a message of Celery is dealt with');
  }

  /** Waits for the message's `eta`. False when it is no longer ours: given back for a stop, or taken back. */
  async #untilDue(message: TaskMessage, received: ReceivedMessage): Promise<boolean> {
    const { etaMs = 0 } = message;
    const given = firstOf(this.#stopping.signal, received.takenBack);
    try {
      // An expired one is not kept waiting; and timers do not last longer than 24 days.
      while (etaMs > Date.now() && !isExpired(message) && !given.signal.aborted)
        await waitUnless(given.signal, systemClock, Math.min(etaMs, message.expiresMs ?? etaMs) - Date.now());
    } finally {
      given.stop();
    }
    if (!given.signal.aborted) return true;
    received.giveBack();
    return false;
  }

  /** Undefined when nobody knows yet, because this worker stops. */
  async #outcome(
    message: TaskMessage,
    { task, gate }: { readonly task: Task; readonly gate: TaskGate },
    takenBack: AbortSignal,
  ): Promise<Outcome | undefined> {
    const { logger } = this.#options.context;
    const fields = { task: message.task, taskId: message.id };
    if (isExpired(message)) return this.#expired(message);
    const read = readArguments(task.name, message);
    if ('typeError' in read) {
      logger.warn(
        { ...fields, problem: read.typeError },
        'a message of Celery has arguments that the task does not take',
      );
      return failure('TypeError', read.typeError);
    }
    const same = this.#underWay.get(message.id);
    if (same !== undefined) return same;
    if (message.followUps.length > 0)
      logger.warn(
        { ...fields, followUps: message.followUps },
        'what a message of Celery wants done after the task is not done',
      );
    const outcome = this.#ask(message, gate, read.ttlMs, takenBack);
    this.#underWay.set(message.id, outcome);
    try {
      return await outcome;
    } finally {
      this.#underWay.delete(message.id);
    }
  }

  async #ask(
    message: TaskMessage,
    gate: TaskGate,
    ttlMs: number | undefined,
    takenBack: AbortSignal,
  ): Promise<Outcome | undefined> {
    const { signal } = this.#stopping;
    for (let retry = 1; !signal.aborted && !takenBack.aborted; retry += 1) {
      if (isExpired(message)) return this.#expired(message);
      try {
        return outcomeOf(await gate.ask({ signal, ttlMs }));
      } catch (error) {
        const { logger } = this.#options.context;
        logger.error(
          { task: message.task, taskId: message.id, err: error },
          'the task could not be run; trying again',
        );
        await waitUnless(signal, systemClock, backoffMs(retry, retryWaits));
      }
    }
    return undefined;
  }

  #expired({ task, id }: TaskMessage): Outcome {
    this.#options.context.logger.info(
      { task, taskId: id },
      'a message of Celery has expired; nothing is run for it',
    );
    return expired;
  }

  async #store(message: TaskMessage, outcome: Outcome): Promise<void> {
    if (message.ignoreResult) return;
    try {
      await this.#results?.store(message, outcome);
    } catch (error) {
      this.#options.context.logger.warn(
        { task: message.task.slice(0, shownMax), taskId: message.id, err: this.#options.hide(error) },
        'the result of a task could not be kept for Celery; table run and waybill status have it',
      );
    }
  }
}

function isExpired({ expiresMs }: TaskMessage): boolean {
  return expiresMs !== undefined && Date.now() > expiresMs;
}

function outcomeOf(answer: Answer): Outcome | undefined {
  if (answer.ran) {
    const { error, report } = answer.result;
    return error === undefined
      ? { state: 'SUCCESS', value: report }
      : failure('RuntimeError', messageOf(error));
  }
  return answer.because === 'stopped' ? undefined : { state: 'SUCCESS', value: { skipped: answer.because } };
}
