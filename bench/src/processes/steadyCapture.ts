import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { captureEvents, type LogEvent } from 'waybill';
import { quantile } from '../measuring/statistics.js';
import type { Serve } from './benchProcess.js';

export interface CaptureSetup {
  readonly databaseUrl: string;
  readonly connections: number;
  readonly transactionsPerSecond: number;
  /** Kinds of transactions: their number of events, and how many of a hundred transactions are of that kind. */
  readonly kinds: readonly { readonly events: number; readonly percent: number }[];
  /** How many of a hundred transactions roll back. */
  readonly rolledBackPercent: number;
}

/** `start` begins to capture; `report` tells of what ended since the last report; `stop` ends it, and reports. */
export type CaptureOrder = 'start' | 'report' | 'stop';

export interface CaptureReport {
  readonly transactions: number;
  readonly events: number;
  /** From BEGIN to the answer to COMMIT. 0 when there were none. */
  readonly p99Ms: number;
  readonly longestMs: number;
  readonly ledger: CaptureLedger;
}

/** What was committed since the start. */
export interface CaptureLedger {
  readonly events: number;
  /** XOR over the second halves of their ids, which are random, as a decimal number. */
  readonly idsXor: string;
  /** Of transactions that rolled back: these must not arrive. They have this as their event type. */
  readonly rolledBack: number;
}

export const rolledBackType = 'rolled_back';

/** Captures at a steady pace through Waybill, as an application with so many connections would. */
export const serve: Serve<CaptureSetup, CaptureOrder, CaptureReport> = (setup) => {
  const capture = new SteadyCapture(setup);
  return Promise.resolve({
    async handle(order) {
      if (order === 'start') await capture.start();
      if (order === 'stop') await capture.stop();
      return capture.report();
    },
    close: () => capture.stop(),
  });
};

class SteadyCapture {
  readonly #setup: CaptureSetup;
  #clients: pg.Client[] = [];
  #loops: Promise<void>[] = [];
  #stopped = false;
  #failure: unknown;
  #durationsMs: number[] = [];
  #eventsSinceReport = 0;
  #events = 0;
  #rolledBack = 0;
  #idsXor = 0n;
  #number = 0;

  constructor(setup: CaptureSetup) {
    this.#setup = setup;
  }

  async start(): Promise<void> {
    const { databaseUrl, connections } = this.#setup;
    this.#clients = Array.from(
      { length: connections },
      () => new pg.Client({ connectionString: databaseUrl }),
    );
    await Promise.all(this.#clients.map((client) => client.connect()));
    this.#loops = this.#clients.map((client, index) =>
      this.#loop(client, index).catch((error: unknown) => {
        this.#failure ??= error;
        this.#stopped = true;
      }),
    );
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
    await Promise.all(this.#clients.map((client) => client.end()));
    this.#clients = [];
  }

  report(): CaptureReport {
    if (this.#failure !== undefined) throw new Error('Capturing has failed.', { cause: this.#failure });
    const durationsMs = this.#durationsMs;
    const report = {
      transactions: durationsMs.length,
      events: this.#eventsSinceReport,
      p99Ms: durationsMs.length === 0 ? 0 : quantile(durationsMs, 0.99),
      longestMs: durationsMs.reduce((longest, ms) => Math.max(longest, ms), 0),
      ledger: { events: this.#events, idsXor: this.#idsXor.toString(), rolledBack: this.#rolledBack },
    };
    this.#durationsMs = [];
    this.#eventsSinceReport = 0;
    return report;
  }

  /** One connection's share of the load. What it could not do in time it leaves out: the load does not pile up. */
  async #loop(client: pg.Client, index: number): Promise<void> {
    const { connections, transactionsPerSecond } = this.#setup;
    const everyMs = (1_000 * connections) / transactionsPerSecond;
    let dueMs = performance.now() + (everyMs * index) / connections;
    while (!this.#stopped) {
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await pause(waitMs);
      await this.#transact(client);
      dueMs = Math.max(dueMs + everyMs, performance.now() - 1_000);
    }
  }

  async #transact(client: pg.Client): Promise<void> {
    const number = this.#number;
    this.#number += 1;
    const rollsBack = pick(number, Math.SQRT2) < this.#setup.rolledBackPercent;
    const events = this.#eventsOf(number, rollsBack ? rolledBackType : 'order_placed');
    const beganMs = performance.now();
    await client.query('BEGIN');
    const ids = await captureEvents(client, events);
    await client.query(rollsBack ? 'ROLLBACK' : 'COMMIT');
    this.#durationsMs.push(performance.now() - beganMs);
    if (rollsBack) {
      this.#rolledBack += ids.length;
      return;
    }
    this.#eventsSinceReport += ids.length;
    this.#events += ids.length;
    for (const id of ids) this.#idsXor ^= secondHalf(id);
  }

  #eventsOf(number: number, eventType: string): LogEvent[] {
    let left = pick(number, goldenRatio);
    const kind = this.#setup.kinds.find(({ percent }) => (left -= percent) < 0) ?? this.#setup.kinds[0];
    return Array.from({ length: kind?.events ?? 1 }, (_, item) => ({
      eventType,
      environment: 'production',
      subject: `order:${String(number)}`,
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      eventContext: {
        orderId: number,
        item,
        customerId: 'c-000004711',
        totalCents: 12_990,
        currency: 'EUR',
        items: [{ sku: 'AB-1234', quantity: 2 }],
      },
    }));
  }
}

const goldenRatio = (1 + Math.sqrt(5)) / 2;

/** A number from 0 to 99, spread evenly over the transactions. Two of different factors, both irrational, are unrelated. */
function pick(number: number, factor: number): number {
  return Math.floor(((number * factor) % 1) * 100);
}

/** The last 64 bits of a UUID, its variant among them. */
function secondHalf(id: string): bigint {
  return BigInt(`0x${id.slice(19).replace('-', '')}`);
}
