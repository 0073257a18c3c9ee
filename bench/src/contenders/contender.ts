import type pg from 'pg';

export const contenderNames = [
  'waybill',
  'rowByRowOutbox',
  'rowByRowOutboxParallel',
  'pgTransactionalOutbox',
  'pgBoss',
  'psqlCurl',
  'clickhousePull',
  'clickhousePullParallel',
] as const;
export type ContenderName = (typeof contenderNames)[number];

/** Batches that are under way at the same time, for everybody: the default of Waybill's DELIVERY_CONCURRENCY. */
export const streams = 4;

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
  /** Open what a drain uses, and after it close that. */
  | { readonly kind: 'open'; readonly setup: DrainSetup }
  | { readonly kind: 'close' }
  | {
      readonly kind: 'drain';
      readonly firstId: number;
      readonly lastId: number;
      /** No further batch is taken up after that. */
      readonly limitMs: number;
      /** Whether it is only to have everything compiled. */
      readonly isWarmUp: boolean;
    };

export type Drain = Extract<DrainOrder, { kind: 'drain' }>;

export interface DrainResult {
  readonly rows: number;
  readonly batches: number;
  /** Until the last batch was done. */
  readonly elapsedMs: number;
}

/** The table that holds what is to be delivered, with the contender's bookkeeping. Contenders with the same share its fillings. */
export interface BacklogTable {
  /** Part of the name of databases. */
  readonly name: string;
  readonly table: string;
  /** Makes it in an empty database. */
  prepare(setup: DrainSetup, pool: pg.Pool): Promise<void>;
  /** Makes what a copy of the database needs beside it in ClickHouse, where that is more than a table like everybody's. */
  prepareCopy?(setup: DrainSetup): Promise<void>;
  /** A statement that stores the records `first` to `last`, as the contender's capture would have. */
  fill(first: number, last: number): string;
}

/** A way to bring records from Postgres to ClickHouse. */
export interface Contender {
  readonly name: ContenderName;
  /** As results show it. */
  readonly title: string;
  /** Exports `serve: ServeDrains`; runs in a process of its own. */
  readonly module: URL;
  /** Whose memory is read: the Node process's, or that of the programs which it starts, or none where ClickHouse does the work. */
  readonly memoryOf: 'process' | 'children' | 'none';
  readonly backlog: BacklogTable;
  /** Where it can only be warmed up with as many as it delivers within the time. */
  readonly warmUpRows?: number;
  /** Whether a drain that was stopped leaves it running, so that its process serves one drain only, and is not to lose its database. */
  readonly oneDrainOnly?: true;
}
