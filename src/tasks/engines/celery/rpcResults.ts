import type { BrokerConnection } from './brokerConnection.js';
import type { TaskMessage } from './decodeMessage.js';
import { encodeReply, type Outcome } from './encodeResult.js';
import type { Results } from './results.js';

/** Sends results through the broker to the queue that the message names, as Celery's `rpc://` backend does. */
export class RpcResults implements Results {
  readonly #connection: BrokerConnection;

  constructor(connection: BrokerConnection) {
    this.#connection = connection;
  }

  async store(message: TaskMessage, outcome: Outcome): Promise<void> {
    if (message.replyTo === undefined) return; // nobody waits
    await this.#connection.reply(message.replyTo, message.correlationId, encodeReply(message, outcome));
  }

  close(): void {
    // The connection is the engine's.
  }
}
