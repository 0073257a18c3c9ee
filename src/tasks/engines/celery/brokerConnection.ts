import { backoffMs, type BackoffOptions } from '../../../delivery/backoff.js';
import { systemClock, waitUnless, type Clock } from '../../../delivery/clock.js';
import type { Logger } from '../../../observe/logger.js';
import type { Broker, BrokerSession, ReceivedMessage } from './broker.js';

export interface BrokerConnectionOptions {
  readonly broker: Broker;
  readonly logger: Logger;
  /** What to name in each log line. */
  readonly fields: object;
  /** Makes of an error one that may be logged. */
  readonly hide: (error: unknown) => Error;
  readonly receive: (received: ReceivedMessage) => void;
  /** Default: half a second at first, half a minute at most. */
  readonly waits?: BackoffOptions | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

const defaultWaits: BackoffOptions = { firstMs: 500, maxMs: 30_000 };
/** How long a broker that no longer answers may keep a worker from stopping. */
const answerMsMax = 3_000;
/** A connection that lasted this long counts as made for good: after it, waits begin small again. */
const steadyMs = 10_000;

/**
 * Keeps a session with the broker open, and opens another one for ever when it cannot, or the connection is lost. A
 * broker that is down is no error of this worker: it says so in its log and goes on.
 */
export class BrokerConnection {
  readonly #options: BrokerConnectionOptions;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  #session: BrokerSession | undefined;
  /** While a session is opened: it hands over messages before it is there, and their results may be due at once. */
  #opening: Promise<BrokerSession> | undefined;
  #loop: Promise<void> | undefined;
  #isClosing = false;

  constructor(options: BrokerConnectionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  start(): void {
    this.#loop ??= this.#connectForEver();
  }

  /** @throws when there is no session, and none is being opened */
  async reply(queue: string, correlationId: string, body: string): Promise<void> {
    const session = this.#session ?? (await this.#opening);
    if (session === undefined) throw new Error('There is no connection to the broker.');
    await session.reply(queue, correlationId, body);
  }

  /** Connects no more and takes no more messages; those in hand can still be settled. May be called twice. */
  async pause(): Promise<void> {
    this.#stopping.abort();
    await this.#end((session) => session.pause());
  }

  /** Gives back what is in hand and disconnects. May be called twice. */
  async close(): Promise<void> {
    await this.pause();
    this.#isClosing = true;
    await this.#end((session) => session.close());
    await this.#loop;
  }

  /** Tells the broker of the end. One that does not answer in time is left without a word: its messages come again. */
  async #end(tell: (session: BrokerSession) => Promise<void>): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    let cancel: () => void = () => undefined;
    const late = new Promise<never>((_resolve, reject) => {
      cancel = this.#clock.after(answerMsMax, () => {
        reject(new Error(`The broker did not answer within ${String(answerMsMax)} ms.`));
      });
    });
    try {
      await Promise.race([tell(session), late]);
    } catch (error) {
      session.abandon();
      this.#warn(error, 'the broker could not be told that this worker stops; its messages come again');
    } finally {
      cancel();
    }
  }

  async #connectForEver(): Promise<void> {
    const { broker, receive, fields, logger, waits = defaultWaits } = this.#options;
    const { signal } = this.#stopping;
    let retry = 0;
    while (!this.#isStopping()) {
      try {
        this.#opening = broker.connect(receive, signal);
        const session = await this.#opening;
        const connectedAtMs = this.#clock.monotonicMs();
        this.#session = session;
        logger.info(fields, 'waits for messages of Celery');
        // It was asked to stop while this connection was made.
        if (this.#isStopping()) await this.#end((made) => (this.#isClosing ? made.close() : made.pause()));
        const reason = await session.ended;
        this.#session = undefined;
        this.#opening = undefined;
        if (this.#clock.monotonicMs() - connectedAtMs >= steadyMs) retry = 0;
        if (!this.#isStopping()) this.#warn(reason, 'the connection to the broker is lost; connecting again');
      } catch (error) {
        if (!this.#isStopping()) this.#warn(error, 'the broker cannot be reached; trying again');
      }
      retry += 1;
      await waitUnless(signal, this.#clock, backoffMs(retry, waits));
    }
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #warn(error: unknown, message: string): void {
    const { logger, fields, hide } = this.#options;
    logger.warn({ ...fields, err: hide(error) }, message);
  }
}
