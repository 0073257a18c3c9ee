import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Pool } from 'pg';
import { createStorefront, type StorefrontOptions } from './createStorefront.js';
import { migrateStorefront } from './migrateStorefront.js';

export interface StartOptions extends StorefrontOptions {
  readonly databaseUrl: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Default 127.0.0.1: nobody but this machine. */
  readonly host?: string;
  /** Connections to Postgres, at most. Default 10. */
  readonly connectionsMax?: number;
}

export interface RunningStorefront {
  readonly url: string;
  /** Takes no new request, lets those under way finish, then closes the pool. May be called more than once. */
  stop(): Promise<void>;
}

/** How long requests under way may take once the shop stops; then their connections are cut. */
const stopLimitMs = 10_000;
const idleSweepMs = 50;

/** Migrates the shop's own tables and serves the shop. */
export async function startStorefront(options: StartOptions): Promise<RunningStorefront> {
  const { databaseUrl, port, host = '127.0.0.1', connectionsMax = 10 } = options;
  const pool = new Pool({
    connectionString: databaseUrl,
    max: connectionsMax,
    application_name: 'storefront',
  });
  pool.on('error', (error) =>
    process.stderr.write(`An idle connection to Postgres broke: ${error.message}\n`),
  );

  const app = createStorefront(pool, options);
  const listener = getRequestListener(app.fetch);
  const server = createServer((request, response) => void listener(request, response));
  try {
    await migrateStorefront(pool);
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    await pool.end();
    throw error;
  }

  async function close(): Promise<void> {
    const closed = once(server, 'close');
    server.close();
    // close() lets go of connections that are idle now; those that answer later would be kept alive for seconds.
    const sweep = setInterval(() => {
      server.closeIdleConnections();
    }, idleSweepMs);
    const limit = setTimeout(() => {
      server.closeAllConnections();
    }, stopLimitMs);
    await closed;
    clearInterval(sweep);
    clearTimeout(limit);
    await pool.end();
  }

  let stopped: Promise<void> | undefined;
  const address = server.address() as AddressInfo; // it listens on a port, so this is not a pipe's name
  const urlHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${urlHost}:${String(address.port)}`,
    stop: () => (stopped ??= close()),
  };
}
