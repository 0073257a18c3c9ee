import type { Broker, BrokerSession, ReceivedMessage } from './broker.js';
import { readEnvelope } from './redisEnvelope.js';
import { RedisSession, type Decision, type RedisBrokerOptions } from './redisSession.js';

/**
 * Reads a queue of kombu in Redis, 6.2 or newer. At no moment is a message in nobody's hands: one command moves it from
 * the queue to a list of this worker's own, where it stays until it is settled. A worker that dies leaves the list; the
 * others see that it gives no sign of life, and put its messages back.
 *
 * The list outlives a connection. What was decided while there was none is carried out in the next session.
 */
export class RedisBroker implements Broker {
  readonly #options: RedisBrokerOptions;
  readonly #inHand = new Map<number, Buffer>();
  readonly #undone = new Set<Decision>();
  #delivered = 0;
  #carryOut: (decision: Decision) => void = () => undefined;

  constructor(options: RedisBrokerOptions) {
    this.#options = options;
  }

  async connect(receive: (received: ReceivedMessage) => void, signal: AbortSignal): Promise<BrokerSession> {
    const session = new RedisSession(this.#options, {
      inHand: this.#inHand,
      undone: this.#undone,
      receive: (entry) => {
        receive(this.#received(entry));
      },
    });
    await session.open(signal);
    this.#carryOut = (decision) => {
      session.carryOut(decision);
    };
    return session;
  }

  #received(entry: Buffer): ReceivedMessage {
    const delivery = (this.#delivered += 1);
    this.#inHand.set(delivery, entry);
    const settle = (put: Decision['put']): void => {
      if (!this.#inHand.delete(delivery)) return;
      const decision = { entry, put };
      this.#undone.add(decision);
      this.#carryOut(decision);
    };
    return {
      message: readEnvelope(entry),
      takenBack: neverTakenBack,
      ack: () => {
        settle('away');
      },
      reject: () => {
        settle('away');
      },
      giveBack: () => {
        settle('back');
      },
    };
  }
}

const neverTakenBack = new AbortController().signal;
