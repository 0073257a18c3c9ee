import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { freePort } from '../freePort.js';

/** The way there and back of one client of a proxy. */
export interface ProxiedConnection {
  /** Resets both sides. */
  reset(): void;
}

export interface Listener {
  readonly port: number;
  /** Resets every connection that there is. New ones are let in. */
  resetAll(): void;
  /** Resets every connection and refuses new ones. */
  refuse(): Promise<void>;
  /** Listens again, on the same port. */
  accept(): Promise<void>;
  close(): Promise<void>;
}

/** Listens on the loopback interface, and opens a connection to the target for each client that comes. */
export async function startListener(
  target: URL,
  proxied: (client: Socket, upstream: Socket) => ProxiedConnection,
): Promise<Listener> {
  const connections = new Set<ProxiedConnection>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port), allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined); // 'close' follows
    }
    const connection = proxied(client, upstream);
    connections.add(connection);
    client.once('close', () => connections.delete(connection));
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  const resetAll = (): void => {
    for (const connection of connections) connection.reset();
  };
  const stopListening = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      resetAll();
    });
  await listen(await freePort());
  const { port } = server.address() as AddressInfo; // as a server that listens on TCP has it
  return {
    port,
    resetAll,
    refuse: stopListening,
    accept: () => listen(port),
    async close() {
      if (server.listening) await stopListening();
    },
  };
}
