import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { setTimeout as pause } from 'node:timers/promises';
import type { Serve } from '../../processes/benchProcess.js';
import { monotonicMs } from './monotonicMs.js';
import { eventType, sequenceSql } from './sequence.js';

export interface ReaderSetup {
  readonly clickhouseUrl: string;
  readonly clickhouseDatabase: string;
}

/** `watch` forgets what was seen; `count` tells how many events have been seen since, `collect` also which, and when. */
export interface ReaderOrder {
  readonly kind: 'watch' | 'count' | 'collect';
}

export interface Seen {
  readonly events: number;
  readonly batches: number;
  /** Number of each event that has become queryable. A doubled event is there twice. */
  readonly sequences: readonly number[];
  /** When the answer came that showed it, by `monotonicMs`. */
  readonly seenMs: readonly number[];
}

const pollIntervalMs = 5;

/**
 * Asks all the time what has become queryable. An event is seen up to one interval and the time of two queries after it could
 * first be, so that its delay comes out longer by that much.
 */
export const serve: Serve<ReaderSetup, ReaderOrder, Seen> = async (setup) => {
  const client = createClient({ url: setup.clickhouseUrl, database: setup.clickhouseDatabase });
  const watch = new Watch(client);
  await watch.poll();
  const stopping = new AbortController();
  const failed = new AbortController();
  const polling = pollUntil(watch, stopping.signal);
  polling.catch(() => {
    failed.abort();
  });
  return {
    async handle(order) {
      if (failed.signal.aborted) await polling; // throws what it failed for
      if (order.kind === 'watch') watch.forget();
      return watch.seen(order.kind === 'collect');
    },
    async close() {
      stopping.abort();
      await polling;
      await client.close();
    },
  };
};

async function pollUntil(watch: Watch, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await watch.poll();
    await pause(pollIntervalMs, undefined, { signal }).catch(() => undefined);
  }
}

interface BatchRow {
  readonly batch: string;
  /** Unix time in milliseconds. */
  readonly newestTimeMs: number;
  readonly sequences: readonly number[];
}

/** Batches may come in another order than their events happened: so far back is looked for more. */
const lookBackMs = 10_000;

/**
 * Counting a whole table reads no row of it; only when there are more is it asked which. A batch is one INSERT and is there as a
 * whole, so those that have been seen are left out by their id, and the newest events alone are read.
 */
class Watch {
  #sequences: number[] = [];
  #seenMs: number[] = [];
  #batches = 0;
  readonly #client: ClickHouseClient;
  readonly #newestTimeMsByBatch = new Map<string, number>();
  #newestTimeMs = 0;
  #eventsSeen = 0;

  constructor(client: ClickHouseClient) {
    this.#client = client;
  }

  forget(): void {
    this.#sequences = [];
    this.#seenMs = [];
    this.#batches = 0;
  }

  seen(withEach: boolean): Seen {
    const events = this.#sequences.length;
    const each = withEach
      ? { sequences: this.#sequences, seenMs: this.#seenMs }
      : { sequences: [], seenMs: [] };
    return { events, batches: this.#batches, ...each };
  }

  async poll(): Promise<void> {
    const [row] = await this.#rows<{ count: string | number }>('SELECT count() AS count FROM event_log');
    const count = Number(row?.count ?? 0);
    if (count === this.#eventsSeen) return;
    await this.#readNewBatches(this.#newestTimeMs - lookBackMs);
    if (this.#eventsSeen < count) await this.#readNewBatches(0); // one that came very late
  }

  async #readNewBatches(fromMs: number): Promise<void> {
    const known = [...this.#newestTimeMsByBatch].filter(([, timeMs]) => timeMs >= fromMs).map(([id]) => id);
    const rows = await this.#rows<BatchRow>(
      `SELECT toString(batch_id) AS batch, max(toUnixTimestamp64Milli(event_date_time)) AS newestTimeMs,
              groupArray(${sequenceSql}) AS sequences
       FROM event_log
       WHERE event_type = '${eventType}' AND event_date_time >= fromUnixTimestamp64Milli(toInt64({from: UInt64}))
         AND batch_id NOT IN {known: Array(UUID)}
       GROUP BY batch_id
       SETTINGS output_format_json_quote_64bit_integers = 0`,
      { from: Math.max(0, fromMs), known },
    );
    const nowMs = monotonicMs();
    for (const { batch, newestTimeMs, sequences } of rows) {
      this.#newestTimeMsByBatch.set(batch, newestTimeMs);
      this.#newestTimeMs = Math.max(this.#newestTimeMs, newestTimeMs);
      this.#eventsSeen += sequences.length;
      this.#batches += 1;
      for (const sequence of sequences) {
        this.#sequences.push(sequence);
        this.#seenMs.push(nowMs);
      }
    }
  }

  async #rows<Row>(query: string, query_params: Record<string, unknown> = {}): Promise<Row[]> {
    const result = await this.#client.query({ query, query_params, format: 'JSONEachRow' });
    return result.json<Row>();
  }
}
