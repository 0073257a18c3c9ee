import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A way to a server on the loopback which a test can make silent: nothing is refused, and nothing comes through. */
export interface Relay {
  readonly port: number;
  freeze(): void;
  /** Freezes when it has passed on these bytes of the server. */
  freezeAfter(bytes: Buffer): void;
  isFrozen(): boolean;
}

/** It closes at the end of the test. */
export async function startRelay(targetPort: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  let frozen = false;
  let last: Buffer | undefined;
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined); // either end may go at any time
      from.on('data', (data: Buffer) => {
        if (!frozen) to.write(data);
        if (from === upstream && last !== undefined && data.includes(last)) frozen = true;
      });
      from.on('close', () => {
        if (!frozen) to.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A port has a number.');
  return {
    port: address.port,
    freeze() {
      frozen = true;
    },
    freezeAfter(bytes) {
      last = bytes;
    },
    isFrozen: () => frozen,
  };
}
