import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request that a front has taken whole. */
export interface TakenRequest {
  readonly incoming: IncomingMessage;
  /** The part of its URL after the host, decoded. */
  readonly query: string;
  readonly body: Buffer;
}

export interface Front {
  readonly url: string;
  close(): Promise<void>;
}

/** A server before ClickHouse's HTTP interface that takes each request whole and decides what becomes of it. */
export async function startFront(
  handle: (taken: TakenRequest, response: ServerResponse) => Promise<void>,
): Promise<Front> {
  const server = createServer((incoming, response) => {
    const query = decodeURIComponent((incoming.url ?? '').replaceAll('+', ' '));
    buffer(incoming)
      .then((body) => handle({ incoming, query, body }, response))
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // as a server that listens on TCP has it
  return {
    url: `http://127.0.0.1:${String(port)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** Sends a taken request on, and resolves with the beginning of its answer. */
export function forward(targetUrl: string, { incoming, body }: TakenRequest): Promise<IncomingMessage> {
  const headers = { ...incoming.headers, connection: 'close', 'content-length': body.length };
  delete headers['transfer-encoding'];
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(incoming.url ?? '/', targetUrl), { method: incoming.method, headers });
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
