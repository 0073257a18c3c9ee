/** A message as a broker has it, before anything in it is believed. */
export interface RawMessage {
  readonly body: Buffer;
  readonly contentType: unknown;
  readonly contentEncoding: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Where the result of backend `rpc://` is to go, and what it is to be marked with. */
  readonly replyTo: unknown;
  readonly correlationId: unknown;
}

/** Why a message is refused, in words that do not repeat what it holds. */
export interface Refusal {
  readonly refused: string;
}

/** A message in this worker's hands. Exactly one of the three is called, once. None of them throws. */
export interface ReceivedMessage {
  readonly message: RawMessage | Refusal;
  /** Fires when the broker has taken the message back, most often because the connection is lost: it comes again. */
  readonly takenBack: AbortSignal;
  /** It is dealt with. */
  ack(): void;
  /** It never can be dealt with: RabbitMQ gives it to the dead-letter exchange, if the queue has one; else it is gone. */
  reject(): void;
  /** Somebody else is to deal with it. */
  giveBack(): void;
}

/** A broker that can be connected to again and again, one session at a time. */
export interface Broker {
  /**
   * Opens a session, which hands over messages from then on, at most `inHandMax` that are not settled.
   * @param signal ends the attempt early
   * @throws when the broker cannot be reached, or refuses
   */
  connect(receive: (received: ReceivedMessage) => void, signal: AbortSignal): Promise<BrokerSession>;
}

/** A connection to a broker for as long as it lasts. */
export interface BrokerSession {
  /** Resolves when the connection is lost, with the reason, and when it is closed. */
  readonly ended: Promise<unknown>;
  /** Hands over no more messages; those in hand can still be settled. May be called twice. */
  pause(): Promise<void>;
  /** Sends a result to the queue of a client. */
  reply(queue: string, correlationId: string, body: string): Promise<void>;
  /** Gives back what is in hand, sees to it that what was settled is known to the broker, and disconnects. */
  close(): Promise<void>;
  /** Disconnects at once, whatever the broker knows. What is in hand comes again. */
  abandon(): void;
}

/** Messages in one worker's hands at the same time, those that wait for their `eta` among them. */
export const inHandMax = 256;
/** A larger body is refused. Those of our tasks have some hundred bytes. */
export const messageBytesMax = 262_144;
