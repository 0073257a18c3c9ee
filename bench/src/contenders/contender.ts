import type pg from 'pg';

export const contenderNames = [
  'waybill',
  'rowByRowOutbox',
  'pgTransactionalOutbox',
  'pgBoss',
  'psqlCurl',
  'clickhousePull',
] as const;
export type ContenderName = (typeof contenderNames)[number];

/** Batches that are under way at the same time, for everybody: the default of Waybill's DELIVERY_CONCURRENCY. */
export const streams = 2;

/** Where a contender works, and how. JSON: it is handed to the process that delivers. */
export interface DrainSetup {
  /** A database of the contender's own. */
  readonly databaseUrl: string;
  readonly clickhouseUrl: string;
  /** A table of its own, in ClickHouse's database `default`. */
  readonly clickhouseTable: string;
  /** Records in a batch. */
  readonly batchSize: number;
}

/**
 * What the process that delivers is told. Records have the ids `firstId` to `lastId`, for contenders that read by id; the others
 * find them by themselves.
 */
export type DrainOrder =
  /** Deliver these records in small batches, then open what `drain` will use. */
  | { readonly kind: 'warmUp'; readonly firstId: number; readonly lastId: number }
  /** Deliver; after `limitMs` take up no further batch. None if `firstId` is beyond `lastId`. */
  | {
      readonly kind: 'drain';
      readonly firstId: number;
      readonly lastId: number;
      readonly limitMs: number;
    };

export interface DrainResult {
  readonly rows: number;
  readonly batches: number;
  /** Until the last batch was done. */
  readonly elapsedMs: number;
  /** Whether it went on until it found nothing more, rather than until its time was over. */
  readonly foundNothing: boolean;
}

/** A way to bring records from Postgres to ClickHouse. */
export interface Contender {
  readonly name: ContenderName;
  /** As results show it. */
  readonly title: string;
  /** Exports `serve: Serve<DrainSetup, DrainOrder, DrainResult>`; runs in a process of its own. */
  readonly module: URL;
  /** Whose memory is read: the Node process's, or that of the programs which it starts, or none where ClickHouse does the work. */
  readonly memoryOf: 'process' | 'children' | 'none';
  /** Delivered before anything is measured. */
  readonly warmUpRows: number;
  /** Makes the tables in the contender's own database, and the one in ClickHouse unless it is there. */
  prepare(setup: DrainSetup, pool: pg.Pool): Promise<void>;
  /** A statement that stores the records `first` to `last`, as its capture would have. */
  fill(first: number, last: number): string;
  /** The table that then holds them. */
  readonly table: string;
}

/** Batch size of a warm-up, and its usual number of records: some batches for each stream, so that their code is compiled. */
export const warmUpBatchSize = 1_000;
export const warmUpRows = 5 * streams * warmUpBatchSize;
