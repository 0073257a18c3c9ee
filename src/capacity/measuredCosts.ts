/**
 * What capture and delivery cost, as measured: the one place of these numbers. `waybill capacity` computes with them, and
 * docs/capacity.md shows them; a test fails while the page shows others (`npx vitest run --project unit capacity -u`
 * writes them into it).
 *
 * Who measures anew replaces the values and their sources, and nothing else.
 */

/** A number that was measured, and where. */
export interface MeasuredCost {
  readonly value: number;
  readonly unit: 'bytes' | 'CPU µs';
  /** What it is the cost of. */
  readonly meaning: string;
  readonly source: string;
}

/** A backlog drained at one size of batches. */
export interface DrainCost {
  readonly batchEvents: number;
  readonly rowsPerSecond: number;
  /** CPU seconds that each process used for a million records. */
  readonly nodeCpuSecondsPerMillion: number;
  readonly postgresCpuSecondsPerMillion: number;
  readonly clickhouseCpuSecondsPerMillion: number;
}

/** What everything below was measured on. */
export const measuredOn = {
  machine: '2 cores for all three processes, loopback, Postgres 18.4, ClickHouse 26.7',
  cores: 2,
  /** One record as COPY writes it, its line feed included. */
  bytesPerEvent: 337,
} as const;

/** Batches that were sent at the same time while the backlog was drained. */
export const drainStreams = 4;

export const drainSource = 'bench/results, section drain, medians of five rounds';

export const drainCosts: readonly DrainCost[] = [
  {
    batchEvents: 1_000,
    rowsPerSecond: 81_000,
    nodeCpuSecondsPerMillion: 4.32,
    postgresCpuSecondsPerMillion: 6.4,
    clickhouseCpuSecondsPerMillion: 12.3,
  },
  {
    batchEvents: 10_000,
    rowsPerSecond: 200_000,
    nodeCpuSecondsPerMillion: 1.78,
    postgresCpuSecondsPerMillion: 2.87,
    clickhouseCpuSecondsPerMillion: 4.4,
  },
  {
    batchEvents: 100_000,
    rowsPerSecond: 329_000,
    nodeCpuSecondsPerMillion: 0.988,
    postgresCpuSecondsPerMillion: 2.6,
    clickhouseCpuSecondsPerMillion: 2.11,
  },
];

export const measuredCosts = {
  capturePostgresCpu: {
    value: 130,
    unit: 'CPU µs',
    meaning: 'Postgres: what an event adds to a transaction that captures no other',
    source: 'bench/results, section capture, 8 connections, against no event',
  },
  captureWal: {
    value: 431,
    unit: 'bytes',
    meaning: 'WAL of a captured event',
    source: 'bench/results, section soak, all WAL there',
  },
  outboxDisk: {
    value: 338,
    unit: 'bytes',
    meaning: 'a record in the outbox, with its index',
    source: 'the records of section drain, pg_total_relation_size',
  },
  batchWal: {
    value: 2_100,
    unit: 'bytes',
    meaning: 'WAL of a delivered batch of any size',
    source: 'the records of section drain, at 10,000 a batch',
  },
  clickhouseDisk: {
    value: 73,
    unit: 'bytes',
    meaning: 'a record in ClickHouse, compressed',
    source: 'the records of section drain, system.parts once merged',
  },
} as const satisfies Record<string, MeasuredCost>;
