/** What is used of a client of ioredis. */
export interface EndableConnection {
  readonly status: string;
  connect(): Promise<unknown>;
  disconnect(): unknown;
}

/**
 * Ends a connection for good, with an error for every command that waits for an answer. A client of ioredis that waits to
 * connect again leaves them unanswered for ever when it is told to disconnect (5.11), unless it has begun to connect.
 */
export function endConnection(client: EndableConnection): void {
  if (client.status === 'reconnecting') client.connect().catch(() => undefined); // it is ended, as intended
  client.disconnect();
}
