import { Redis } from 'ioredis';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { endConnection } from './endConnection.js';

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('A port has a number.');
  return address.port;
}

describe('ending a connection', () => {
  it('answers what waits for a server that is away, and tries no more', async () => {
    let tried = 0;
    const client = new Redis(await unusedPort(), '127.0.0.1', {
      maxRetriesPerRequest: null,
      retryStrategy: () => ((tried += 1), 60_000),
    });
    client.on('error', () => undefined); // it is refused, as the test wants it
    const waiting = client.ping();
    await new Promise((resolve) => client.once('reconnecting', resolve));
    endConnection(client);
    await expect(waiting).rejects.toThrow('Connection is closed.');
    expect(client.status).toBe('end');
    expect(tried).toBe(1);
  });
});
