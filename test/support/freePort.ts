import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the range from which systems take the ports of connections that they make themselves (from 32768 on Linux, see
 * ip_local_port_range): one of those may take any port there between our look and the start of the server that it is for.
 */
const portMin = 15_000;
const portMax = 32_000;
const triesMax = 100;

/** A port of the loopback that is free right now. */
export async function freePort(): Promise<number> {
  for (let tries = 1; tries <= triesMax; tries += 1) {
    const port = randomInt(portMin, portMax);
    if (await isFree(port)) return port;
  }
  throw new Error(`None of ${String(triesMax)} ports from ${String(portMin)} on is free.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}
