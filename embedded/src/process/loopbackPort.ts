import { connect, createServer } from 'node:net';
import { EmbeddedError } from '../embeddedError.js';
import { describeError } from './describeError.js';

export const LOOPBACK = '127.0.0.1';

/** A port of the loopback interface that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  return await listenOnce(0);
}

/**
 * The port that was asked for, seen to be free, or else a free one.
 * @throws EmbeddedError PORT_IN_USE
 */
export async function choosePort(asked: number | undefined, purpose: string): Promise<number> {
  if (asked === undefined) return await freePort();
  try {
    return await listenOnce(asked);
  } catch (error) {
    throw portInUse(asked, purpose, error);
  }
}

export function portInUse(port: number, purpose: string, cause: unknown): EmbeddedError {
  return new EmbeddedError(
    'PORT_IN_USE',
    `Port ${String(port)} of ${LOOPBACK} cannot be used for ${purpose}: ${describeError(cause)}. ` +
      'Nothing was started. Choose another port, or leave it out to get a free one.',
    { cause },
  );
}

/** Whether something accepts connections on a port of the loopback interface. */
export async function accepts(port: number, timeoutMs = 1_000): Promise<boolean> {
  return await new Promise<boolean>((resolve) => {
    const socket = connect({ host: LOOPBACK, port, timeout: timeoutMs });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => {
      finish(true);
    });
    socket.once('error', () => {
      finish(false);
    });
    socket.once('timeout', () => {
      finish(false);
    });
  });
}

async function listenOnce(port: number): Promise<number> {
  return await new Promise<number>((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => {
        resolve(bound);
      });
    });
  });
}
