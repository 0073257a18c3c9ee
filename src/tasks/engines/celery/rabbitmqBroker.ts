import type * as amqplib from 'amqplib';
import type { Channel, ChannelModel, ConsumeMessage, Options, SocketOptions } from 'amqplib';
import { inHandMax, type Broker, type BrokerSession, type ReceivedMessage } from './broker.js';
import { tlsOptions, type CeleryUrl } from './celeryUrl.js';

/** What is used of package `amqplib`. */
export type RabbitmqLibrary = Pick<typeof amqplib, 'connect'>;

export interface RabbitmqBrokerOptions {
  readonly library: RabbitmqLibrary;
  readonly url: CeleryUrl;
  readonly queue: string;
  /** Unique name of this worker, shown by RabbitMQ as the name of the connection. */
  readonly worker: string;
}

const connectTimeoutMs = 10_000;
/** A connection on which nothing came for twice this long is given up. */
const heartbeatSeconds = 20;

/**
 * Reads a queue of RabbitMQ. A message that is not settled when its connection ends, in whatever way, comes again.
 *
 * RabbitMQ also takes back what was not settled for 30 minutes (`consumer_timeout`), by closing the channel: a session
 * ends so during a longer run, and the message comes again in the next one.
 */
export class RabbitmqBroker implements Broker {
  readonly #options: RabbitmqBrokerOptions;

  constructor(options: RabbitmqBrokerOptions) {
    this.#options = options;
  }

  async connect(receive: (received: ReceivedMessage) => void, signal: AbortSignal): Promise<BrokerSession> {
    const socket = new AbortController();
    const connection = await this.#connect(signal, socket);
    const session = new RabbitmqSession(connection, socket);
    const abandon = (): void => {
      session.abandon();
    };
    signal.addEventListener('abort', abandon, { once: true });
    try {
      signal.throwIfAborted();
      await session.open(this.#options.queue, receive);
      return session;
    } catch (error) {
      session.abandon();
      throw error;
    } finally {
      signal.removeEventListener('abort', abandon);
    }
  }

  /** @param destroyed ends the connection without a word when it fires, now and later */
  async #connect(signal: AbortSignal, destroyed: AbortController): Promise<ChannelModel> {
    const { library, url, worker } = this.#options;
    const abort = (): void => {
      destroyed.abort();
    };
    const server: Options.Connect = {
      protocol: url.tls === undefined ? 'amqp' : 'amqps',
      hostname: url.host,
      port: url.port,
      username: url.username ?? 'guest',
      password: url.password ?? 'guest',
      vhost: encodeURIComponent(url.path), // the library decodes it once more
      heartbeat: heartbeatSeconds,
    };
    const tls = url.tls === undefined ? {} : await tlsOptions(url.tls);
    const socket: SocketOptions & { readonly signal: AbortSignal } = {
      timeout: connectTimeoutMs,
      noDelay: true,
      keepAlive: true,
      clientProperties: { connection_name: `waybill ${worker}` },
      signal: destroyed.signal,
      ...tls,
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      return await library.connect(server, socket);
    } catch (error) {
      throw isVirtualHostRefused(error) ? virtualHostRefused(url.path, error) : error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}

/** The library names the frame that came, and not what stands in it. */
function isVirtualHostRefused(error: unknown): boolean {
  return error instanceof Error && /ConnectionOpenOk.*ConnectionClose/.test(error.message);
}

function virtualHostRefused(name: string, cause: unknown): Error {
  return new Error(
    `RabbitMQ refuses the virtual host "${name}": there is none of this name, or the user has no rights in it.`,
    { cause },
  );
}

class RabbitmqSession implements BrokerSession {
  readonly ended: Promise<unknown>;
  readonly #connection: ChannelModel;
  readonly #socket: AbortController;
  readonly #lost = new AbortController();
  #end: (reason: unknown) => void = () => undefined;
  #channel: Channel | undefined;
  #consumerTag: string | undefined;

  constructor(connection: ChannelModel, socket: AbortController) {
    this.#connection = connection;
    this.#socket = socket;
    let failure: unknown;
    this.ended = new Promise((resolve) => {
      this.#end = (reason) => {
        this.#lost.abort();
        resolve(reason);
      };
    });
    connection.on('error', (error: Error) => {
      failure = error;
    });
    connection.on('close', (error?: Error) => {
      this.#end(failure ?? error ?? new Error('RabbitMQ has closed the connection.'));
    });
  }

  async open(queue: string, receive: (received: ReceivedMessage) => void): Promise<void> {
    await declareQueue(this.#connection, queue);
    const channel = await this.#connection.createChannel();
    this.#channel = channel;
    channel.on('error', (error: Error) => {
      this.#lose(error);
    });
    channel.on('close', () => {
      this.#lose(new Error('RabbitMQ has closed the channel.'));
    });
    await channel.prefetch(inHandMax);
    const { consumerTag } = await channel.consume(queue, (message) => {
      if (message === null)
        this.#lose(new Error(`The queue ${queue} has been deleted, or its node has left.`));
      else receive(this.#received(channel, message));
    });
    this.#consumerTag = consumerTag;
  }

  async pause(): Promise<void> {
    const tag = this.#consumerTag;
    this.#consumerTag = undefined;
    if (tag !== undefined && !this.#lost.signal.aborted) await this.#channel?.cancel(tag);
  }

  async reply(queue: string, correlationId: string, body: string): Promise<void> {
    const channel = await this.#connection.createConfirmChannel();
    // Without a listener an error of the channel would end the process; the promise below tells of it.
    channel.on('error', () => undefined);
    channel.sendToQueue(queue, Buffer.from(body), {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      correlationId,
      deliveryMode: 1,
    });
    await channel.waitForConfirms();
    await channel.close();
  }

  async close(): Promise<void> {
    if (this.#lost.signal.aborted) return;
    try {
      await this.pause();
      await this.#channel?.close(); // sends what was settled, and waits for the answer
    } finally {
      await this.#connection.close().catch(() => undefined); // closed by an error already
      this.#end(undefined);
    }
  }

  abandon(): void {
    this.#end(undefined);
    this.#socket.abort();
  }

  #lose(reason: Error): void {
    this.#end(reason);
    this.#connection.close().catch(() => undefined); // closed already, by the same error
  }

  #received(channel: Channel, delivered: ConsumeMessage): ReceivedMessage {
    const { content, properties } = delivered;
    // Kept until it is settled, perhaps for an hour: without what has been read already.
    const message = { ...delivered, content: Buffer.alloc(0) };
    const settle = (send: () => void): void => {
      if (this.#lost.signal.aborted) return; // RabbitMQ has taken it back
      try {
        send();
      } catch (error) {
        this.#lose(error instanceof Error ? error : new Error(String(error)));
      }
    };
    return {
      message: {
        body: content,
        contentType: properties.contentType as unknown,
        contentEncoding: properties.contentEncoding as unknown,
        headers: properties.headers ?? {},
        replyTo: properties.replyTo as unknown,
        correlationId: properties.correlationId as unknown,
      },
      takenBack: this.#lost.signal,
      ack: () => {
        settle(() => {
          channel.ack(message);
        });
      },
      reject: () => {
        settle(() => {
          channel.nack(message, false, false);
        });
      },
      giveBack: () => {
        settle(() => {
          channel.nack(message, false, true);
        });
      },
    };
  }
}

/**
 * Makes the queue as Celery does, durable and bound to a direct exchange of its name, unless it is there: whoever made it
 * may have given it other arguments, such as those of a quorum queue, and declaring it differently is an error.
 */
async function declareQueue(connection: ChannelModel, queue: string): Promise<void> {
  if (await exists(connection, queue)) return;
  const channel = await connection.createChannel();
  const failed = new Promise<never>((_resolve, reject) => {
    channel.once('error', reject);
  });
  failed.catch(() => undefined); // the call that failed tells of it
  await channel.assertExchange(queue, 'direct', { durable: true });
  await channel.assertQueue(queue, { durable: true });
  await channel.bindQueue(queue, queue, queue);
  await channel.close();
}

async function exists(connection: ChannelModel, queue: string): Promise<boolean> {
  const channel = await connection.createChannel();
  channel.on('error', () => undefined); // the call below tells of it
  try {
    await channel.checkQueue(queue);
    await channel.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === notFound) return false;
    throw error;
  }
}

/** AMQP's reply code for a queue that is not there. */
const notFound = 404;
