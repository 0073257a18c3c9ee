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

export const drainSource = {
  rowsAndNode: 'docs/decisions/0001 and 0002',
  postgresAndClickHouse: 'trial run, drain, median of five',
} as const;

export const drainCosts: readonly DrainCost[] = [
  {
    batchEvents: 1_000,
    rowsPerSecond: 92_000,
    nodeCpuSecondsPerMillion: 3.65,
    postgresCpuSecondsPerMillion: 7.3,
    clickhouseCpuSecondsPerMillion: 11,
  },
  {
    batchEvents: 10_000,
    rowsPerSecond: 213_000,
    nodeCpuSecondsPerMillion: 1.7,
    postgresCpuSecondsPerMillion: 3.15,
    clickhouseCpuSecondsPerMillion: 4,
  },
  {
    batchEvents: 100_000,
    rowsPerSecond: 248_000,
    nodeCpuSecondsPerMillion: 1.7,
    postgresCpuSecondsPerMillion: 3.1,
    clickhouseCpuSecondsPerMillion: 2.9,
  },
];

export const measuredCosts = {
  capturePostgresCpu: {
    value: 195,
    unit: 'CPU µs',
    meaning: 'Postgres: what an event adds to a transaction that captures no other',
    source: 'trial run, capture, 8 connections, median of six',
  },
  captureWal: {
    value: 431,
    unit: 'bytes',
    meaning: 'WAL of a captured event',
    source: 'trial run, drain',
  },
  outboxDisk: {
    value: 366,
    unit: 'bytes',
    meaning: 'a record in the outbox, with its index',
    source: 'trial run, drain',
  },
  batchWal: {
    value: 2_500,
    unit: 'bytes',
    meaning: 'WAL of a delivered batch of any size',
    source: 'trial run, drain',
  },
  clickhouseDisk: {
    value: 93,
    unit: 'bytes',
    meaning: 'a record in ClickHouse, compressed',
    source: 'trial run, drain, generated JSON',
  },
} as const satisfies Record<string, MeasuredCost>;
