import pg from 'pg';
import PgBoss from 'pg-boss';
import type { Serve } from '../../processes/benchProcess.js';
import { nextOrderRequest } from './orders.js';
import { openWays, type PlaceOrder } from './openWays.js';
import type { CaptureWayName } from './ways.js';

export interface LoadSetup {
  readonly databaseUrl: string;
  readonly connectionCounts: readonly number[];
}

/** Load by one way for a while: each connection runs one transaction after the other. */
export interface LoadOrder {
  readonly way: CaptureWayName;
  readonly connections: number;
  readonly durationMs: number;
}

export interface LoadSlice {
  readonly elapsedMs: number;
  /** CPU time of this process, in microseconds. */
  readonly cpuUs: number;
  /** Of each transaction, in whole microseconds: from the call of the use case to its result. */
  readonly latenciesUs: readonly number[];
}

interface OpenLoad {
  readonly pool: pg.Pool;
  readonly ways: Readonly<Record<CaptureWayName, PlaceOrder>>;
}

export const serve: Serve<LoadSetup, LoadOrder, LoadSlice> = async ({ databaseUrl, connectionCounts }) => {
  // Never started: what it sends goes through the transaction of the use case.
  const boss = new PgBoss({
    connectionString: databaseUrl,
    supervise: false,
    schedule: false,
    migrate: false,
  });
  const loads = new Map<number, OpenLoad>();
  for (const max of connectionCounts) {
    const pool = new pg.Pool({ connectionString: databaseUrl, max, idleTimeoutMillis: 0 });
    loads.set(max, { pool, ways: openWays(pool, boss) });
    const clients = await Promise.all(Array.from({ length: max }, () => pool.connect()));
    for (const client of clients) client.release();
  }
  return {
    async handle({ way, connections, durationMs }) {
      const load = loads.get(connections);
      if (load === undefined) throw new Error(`There is no pool of ${String(connections)} connections.`);
      return runSlice(load.ways[way], connections, durationMs);
    },
    async close() {
      for (const { pool } of loads.values()) await pool.end();
    },
  };
};

async function runSlice(placeOrder: PlaceOrder, connections: number, durationMs: number): Promise<LoadSlice> {
  const latenciesUs: number[] = [];
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  const endMs = startMs + durationMs;
  const runConnection = async (): Promise<void> => {
    for (let beganMs = performance.now(); beganMs < endMs;) {
      await placeOrder(nextOrderRequest());
      const endedMs = performance.now();
      latenciesUs.push(Math.round((endedMs - beganMs) * 1_000));
      beganMs = endedMs;
    }
  };
  await Promise.all(Array.from({ length: connections }, runConnection));
  const elapsedMs = performance.now() - startMs;
  const cpu = process.cpuUsage(cpuBefore);
  return { elapsedMs, cpuUs: cpu.user + cpu.system, latenciesUs };
}
