import { getRequestListener, type HttpBindings } from '@hono/node-server';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestInfo } from './security/requestOrigin.js';

/** What frameworks put on the request of Node. */
interface FrameworkRequest extends IncomingMessage {
  /** Express and Nest: the path that they have taken off `url`. */
  readonly baseUrl?: unknown;
  /** What a body parser before us has read already. */
  readonly body?: unknown;
  /** What @hono/node-server takes for the body. */
  rawBody?: Buffer;
}

/** Turns a handler of web-standard requests into one of Node's. */
export function nodeListener(
  fetch: (request: Request, info: RequestInfo) => Promise<Response>,
): (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void> {
  const listener = getRequestListener(
    (request, env) => {
      const { incoming } = env as HttpBindings; // of HTTP/1, which is all that this is mounted on
      const { baseUrl } = incoming as FrameworkRequest;
      return fetch(request, {
        incoming,
        remoteAddress: incoming.socket.remoteAddress,
        mountPath: typeof baseUrl === 'string' ? baseUrl : undefined,
      });
    },
    { overrideGlobalObjects: false },
  );
  return async (incoming, outgoing) => {
    const given = incoming as FrameworkRequest;
    if (given.readableEnded && given.body !== undefined && given.rawBody === undefined)
      given.rawBody = Buffer.from(JSON.stringify(given.body));
    await listener(incoming, outgoing);
  };
}
