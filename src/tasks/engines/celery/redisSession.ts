import type { Redis } from 'ioredis';
import { systemClock, waitUnless } from '../../../delivery/clock.js';
import type { Logger } from '../../../observe/logger.js';
import { inHandMax, type BrokerSession } from './broker.js';
import type { CeleryUrl } from './celeryUrl.js';
import { createRedis, type RedisLibrary } from './openRedis.js';
import { writeEnvelope } from './redisEnvelope.js';
import { queueKeys, queueLists } from './redisKeys.js';
import { giveBackScript, keepAliveScript, takeScript } from './redisScripts.js';

export interface RedisBrokerOptions {
  readonly library: RedisLibrary;
  readonly url: CeleryUrl;
  readonly queue: string;
  /** Unique name of this worker. */
  readonly worker: string;
  readonly logger: Logger;
}

/** How long one look at an empty queue lasts, in seconds; after it, the queues of other priorities are looked at. */
const blockSeconds = 1;
/** Between two signs of life. */
const keepAliveMs = 5_000;
/** A worker that gave no sign of life for this long has its messages taken from its hands. */
const deadAfterMs = 15_000;
/** How long a worker that gives no sign of life is remembered, and what is in its hands looked for. */
const forgottenAfterMs = 3_600_000;
/** Between two looks whether there is room for a message, while there is none. */
const fullPauseMs = 200;
/** How long a list of replies is kept that no client reads any more. */
const repliesKeptSeconds = 86_400;

/** What was decided about a message, and Redis has not confirmed yet. */
export interface Decision {
  readonly entry: Buffer;
  readonly put: 'away' | 'back';
}

/** What a worker has in its hands, whatever becomes of its connections. */
export interface Hands {
  readonly inHand: ReadonlyMap<number, Buffer>;
  readonly undone: Set<Decision>;
  readonly receive: (entry: Buffer) => void;
}

/** Connections to Redis for as long as they last: one for commands, and one for the command that waits for messages. */
export class RedisSession implements BrokerSession {
  readonly ended: Promise<unknown>;
  readonly #options: RedisBrokerOptions;
  readonly #hands: Hands;
  readonly #queue: string;
  readonly #list: string;
  readonly #paused = new AbortController();
  readonly #closed = new AbortController();
  readonly #loops: Promise<void>[] = [];
  #end: (reason: unknown) => void = () => undefined;
  readonly #clients: Redis[] = [];

  constructor(options: RedisBrokerOptions, hands: Hands) {
    this.#options = options;
    this.#hands = hands;
    this.#queue = options.queue;
    this.#list = queueKeys(options.queue).inHandPrefix + options.worker;
    this.ended = new Promise((resolve) => {
      this.#end = (reason) => {
        this.#paused.abort();
        this.#closed.abort();
        for (const client of this.#clients) client.disconnect();
        resolve(reason);
      };
    });
  }

  /** @throws when Redis cannot be reached or refuses; nothing is left open then */
  async open(signal: AbortSignal): Promise<void> {
    const abort = (): void => {
      this.#end(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      const commands = await this.#connect();
      // A connection of its own for the command that blocks.
      const taking = await this.#connect();
      signal.throwIfAborted();
      await this.#keepAlive(commands);
      await this.#putInOrder(commands);
      this.#loops.push(this.#keepAliveLoop(commands), this.#takeLoop(commands, taking));
    } catch (error) {
      this.#end(error);
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  carryOut(decision: Decision): void {
    const [commands] = this.#clients;
    if (commands === undefined || this.#isClosed()) return; // the next session does it
    this.#settle(commands, decision).catch(this.#end);
  }

  async pause(): Promise<void> {
    this.#paused.abort();
    await this.#loops[1]; // a look at the queue ends by itself, so that no message is under way when it has
  }

  async reply(queue: string, correlationId: string, body: string): Promise<void> {
    const [commands] = this.#clients;
    await commands
      ?.multi()
      .lpush(queue, writeEnvelope(queue, correlationId, body))
      .expire(queue, repliesKeptSeconds)
      .exec();
  }

  async close(): Promise<void> {
    await this.pause();
    const [commands] = this.#clients;
    try {
      if (commands !== undefined && !this.#isClosed()) {
        await this.#putInOrder(commands);
        // While anything is left there, the others are to look for it.
        if ((await commands.exists(this.#list)) === 0)
          await commands.zrem(queueKeys(this.#queue).workers, this.#options.worker);
      }
    } finally {
      this.#end(undefined);
      await Promise.all(this.#loops);
    }
  }

  abandon(): void {
    this.#end(undefined);
  }

  #isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  async #connect(): Promise<Redis> {
    const { library, url } = this.#options;
    let failure: unknown;
    const client = await createRedis(library, url, {
      onError: (error) => {
        failure = error;
      },
    });
    this.#clients.push(client);
    try {
      await client.connect();
    } catch (error) {
      throw failure ?? error; // "Connection is closed." says less than the error that came before
    }
    // A database that cannot be selected is reported so, and the connection stays on number 0.
    if (failure !== undefined) throw failure as Error;
    client.once('end', () => {
      this.#end(failure ?? new Error('Redis has closed the connection.'));
    });
    return client;
  }

  async #takeLoop(commands: Redis, taking: Redis): Promise<void> {
    let lookedAtMs = systemClock.monotonicMs();
    try {
      while (!this.#paused.signal.aborted) {
        if (systemClock.monotonicMs() - lookedAtMs >= keepAliveMs) {
          await this.#putInOrder(commands);
          lookedAtMs = systemClock.monotonicMs();
        }
        if (this.#hands.inHand.size >= inHandMax) {
          await waitUnless(this.#paused.signal, systemClock, fullPauseMs);
          continue;
        }
        const entry = await this.#take(taking);
        if (entry !== undefined) this.#hands.receive(entry);
      }
    } catch (error) {
      this.#end(error);
    }
  }

  async #take(taking: Redis): Promise<Buffer | undefined> {
    const lists = queueLists(this.#queue);
    const keys = [this.#list, ...lists];
    const found = await taking.callBuffer('EVAL', takeScript, keys.length, ...keys);
    if (found instanceof Buffer) return found;
    const awaited = await taking.blmoveBuffer(lists[0], this.#list, 'RIGHT', 'LEFT', blockSeconds);
    return awaited ?? undefined;
  }

  async #keepAliveLoop(commands: Redis): Promise<void> {
    try {
      while (!this.#isClosed()) {
        await waitUnless(this.#closed.signal, systemClock, keepAliveMs);
        if (!this.#isClosed()) await this.#keepAlive(commands);
      }
    } catch (error) {
      this.#end(error);
    }
  }

  async #keepAlive(commands: Redis): Promise<void> {
    const { workers, inHandPrefix } = queueKeys(this.#queue);
    const { worker, logger } = this.#options;
    const putBack = await commands.eval(
      keepAliveScript,
      2,
      workers,
      this.#queue,
      worker,
      inHandPrefix,
      deadAfterMs,
      forgottenAfterMs,
    );
    if (typeof putBack === 'number' && putBack > 0)
      logger.warn(
        { queue: this.#queue, messages: putBack },
        'put back the messages of a worker that has died',
      );
  }

  /**
   * Carries out what was decided while there was no connection, and puts back what is in this worker's list and not in
   * its hands: a message that was moved there when the connection was lost. Called while no message is on its way.
   */
  async #putInOrder(commands: Redis): Promise<void> {
    const { undone, inHand } = this.#hands;
    for (const decision of [...undone]) await this.#settle(commands, decision);
    if ((await commands.llen(this.#list)) <= inHand.size) return;
    const known = new Map<string, number>();
    for (const entry of inHand.values()) {
      const key = entry.toString('latin1');
      known.set(key, (known.get(key) ?? 0) + 1);
    }
    for (const entry of await commands.lrangeBuffer(this.#list, 0, -1)) {
      const key = entry.toString('latin1');
      const count = known.get(key) ?? 0;
      if (count > 0) known.set(key, count - 1);
      else await this.#settle(commands, { entry, put: 'back' });
    }
  }

  async #settle(commands: Redis, decision: Decision): Promise<void> {
    const { entry, put } = decision;
    if (put === 'away') await commands.lrem(this.#list, 1, entry);
    else await commands.eval(giveBackScript, 2, this.#list, this.#queue, entry);
    this.#hands.undone.delete(decision);
  }
}
