import { describe, expect, it, onTestFinished } from 'vitest';
import type { Broker, BrokerSession } from './broker.js';
import { BrokerConnection } from './brokerConnection.js';

/** A broker that a test lets fail, accept and go away. */
function drivenBroker(): {
  broker: Broker;
  attempts: { accept: () => { lose: () => void; closed: () => boolean }; refuse: () => void }[];
  attempted: (count: number) => Promise<void>;
} {
  const attempts: ReturnType<typeof drivenBroker>['attempts'] = [];
  let wake: () => void = () => undefined;
  const broker: Broker = {
    connect: (_receive, signal) =>
      new Promise<BrokerSession>((resolve, reject) => {
        const refuse = (): void => {
          reject(new Error('refused for s3cret'));
        };
        signal.addEventListener('abort', refuse);
        attempts.push({
          refuse,
          accept() {
            let closed = false;
            let end: (reason: unknown) => void = () => undefined;
            const ended = new Promise<unknown>((ends) => (end = ends));
            const close = (): Promise<void> => {
              closed = true;
              end(undefined);
              return Promise.resolve();
            };
            resolve({
              ended,
              pause: () => Promise.resolve(),
              reply: () => Promise.resolve(),
              close,
              abandon: () => void close(),
            });
            return {
              closed: () => closed,
              lose: () => {
                end(new Error('lost'));
              },
            };
          },
        });
        wake();
      }),
  };
  return {
    broker,
    attempts,
    async attempted(count) {
      while (attempts.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

function open(broker: Broker): {
  connection: BrokerConnection;
  told: string[];
  waitsMs: number[];
  waited: (count: number) => Promise<void>;
} {
  const told: string[] = [];
  const waitsMs: number[] = [];
  let wake: () => void = () => undefined;
  const tell = (fields: object, message: string): void => {
    const { err } = fields as { err?: Error };
    told.push(err === undefined ? message : `${message}: ${err.message}`);
  };
  const connection = new BrokerConnection({
    broker,
    logger: { debug: tell, info: tell, warn: tell, error: tell },
    fields: {},
    hide: (error) => new Error(String(error).replace('s3cret', '***')),
    receive: () => undefined,
    waits: { firstMs: 100, maxMs: 1_000, random: () => 1 },
    clock: {
      monotonicMs: () => 0,
      now: () => new Date(0),
      after(durationMs, callback) {
        waitsMs.push(durationMs);
        setImmediate(() => {
          wake();
        });
        const immediate = setImmediate(callback);
        return () => {
          clearImmediate(immediate);
        };
      },
    },
  });
  onTestFinished(() => connection.close());
  return {
    connection,
    told,
    waitsMs,
    async waited(count) {
      while (waitsMs.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

describe('the connection to a broker', () => {
  it('is tried again for ever, with waits that grow to a limit', async () => {
    const { broker, attempts, attempted } = drivenBroker();
    const { connection, told, waitsMs } = open(broker);
    connection.start();
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await attempted(attempt);
      attempts[attempt - 1]?.refuse();
    }
    await attempted(9);
    expect(waitsMs).toEqual([100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000]);
    expect(told[0]).toBe('the broker cannot be reached; trying again: Error: refused for ***');
  });

  it('is made again when it is lost', async () => {
    const { broker, attempts, attempted } = drivenBroker();
    const { connection, told } = open(broker);
    connection.start();
    await attempted(1);
    const session = attempts[0]?.accept();
    session?.lose();
    await attempted(2);
    expect(told).toEqual([
      'waits for messages of Celery',
      'the connection to the broker is lost; connecting again: Error: lost',
    ]);
  });

  it('ends with the session, and with an attempt that is under way', async () => {
    const connected = drivenBroker();
    const one = open(connected.broker);
    one.connection.start();
    await connected.attempted(1);
    const session = connected.attempts[0]?.accept();
    await new Promise((resolve) => setImmediate(resolve));
    await one.connection.close();
    await one.connection.close();
    expect(session?.closed()).toBe(true);

    const connecting = drivenBroker();
    const other = open(connecting.broker);
    other.connection.start();
    await connecting.attempted(1);
    await other.connection.close();
    expect(other.told).toEqual([]);
  });

  it('takes a reply to a message that comes before the session is there', async () => {
    const { broker, attempts, attempted } = drivenBroker();
    const { connection } = open(broker);
    connection.start();
    await attempted(1);
    const replied = connection.reply('answers', 'c', '{}');
    attempts[0]?.accept();
    await replied;
  });

  it('has no way for a reply while there is no session', async () => {
    const { broker } = drivenBroker();
    await expect(open(broker).connection.reply('answers', 'c', '{}')).rejects.toThrow('no connection');
  });
});
