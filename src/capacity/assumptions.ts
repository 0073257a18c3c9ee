/**
 * What the calculation takes for granted where nothing can be measured once for all: how much of a machine to use, and
 * how much to keep. docs/capacity.md lists them.
 */
export const assumptions = {
  /** Cores of one Postgres server, unless told otherwise. */
  postgresCores: 16,
  /** Of its cores that capture and delivery may use. The rest is the application's. */
  postgresShare: 0.5,
  /** WAL that one server writes, archives and replicates without trouble, for the outbox alone. */
  walBytesPerSecondMax: 100_000_000,
  /** Of the one core that a Node process has, and of the time between two runs, that sending may use. */
  busyShareMax: 0.7,
  /** Intervals of the runs that are tried, of the freshness that is wanted. */
  intervalShares: [0.8, 0.7, 0.6, 0.5],
  /** Of the freshness that is wanted, what is planned with. */
  freshnessShareMax: 0.9,
  /** A batch waits for the network so often: to be taken, for its read to begin, to be read, to be inserted, to be marked. */
  roundTripsPerBatch: 5,
  /** Workers of one outbox: one that runs the tasks, and one that takes over when it dies. */
  workersPerOutbox: 2,
  /** Delivered and undelivered records that the outbox may hold by the next cleaning. */
  outboxBytesMax: 50_000_000_000,
  /** Partitions are made ahead at the end of each run; one must last for longer than that takes. */
  partitionSecondsMin: 30,
  /** More would be looked at by each query of the outbox. */
  partitionsPerCleaningMax: 100,
  /** ClickHouse recommends around one insert a second into one table; up to this is around one. */
  insertsPerSecondAdvised: 2,
  /** Beyond this, merges deserve to be watched. */
  insertsPerSecondMany: 10,
  /** Tokens that ClickHouse remembers, as `waybill migrate` makes the table; a batch uses one for each month that it touches. */
  deduplicationWindowBlocks: 10_000,
  blocksPerBatch: 2,
  /** A window shorter than this may be over before a slow insert arrives. */
  deduplicationSecondsMin: 600,
  /** The shortest interval that LOG_SENDING_FREQUENCY_IN_MINUTES takes, 0.001 minutes. */
  sendingIntervalMsMin: 60,
} as const;
