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
export const drainStreams = 2;

export const drainSource = 'bench/results, section drain, medians of five rounds';

export const drainCosts: readonly DrainCost[] = [
  {
    batchEvents: 1_000,
    rowsPerSecond: 50_000,
    nodeCpuSecondsPerMillion: 7.05,
    postgresCpuSecondsPerMillion: 9.3,
    clickhouseCpuSecondsPerMillion: 18.9,
  },
  {
    batchEvents: 10_000,
    rowsPerSecond: 141_000,
    nodeCpuSecondsPerMillion: 2.67,
    postgresCpuSecondsPerMillion: 4.1,
    clickhouseCpuSecondsPerMillion: 6.5,
  },
  {
    batchEvents: 100_000,
    rowsPerSecond: 207_000,
    nodeCpuSecondsPerMillion: 1.45,
    postgresCpuSecondsPerMillion: 3.95,
    clickhouseCpuSecondsPerMillion: 3.02,
  },
];

export const measuredCosts = {
  capturePostgresCpu: {
    value: 170,
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
