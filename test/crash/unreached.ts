/** Files that send statements in whose steps no role is killed, each with its reason. */
export const unreachedFiles: Readonly<Record<string, string>> = {
  'outbox/database': 'passes on the statements of other files, under whose names they are steps',
  'outbox/readBacklog': 'only reads, for waybill status',
  'outbox/readRecentRuns': 'only reads, for waybill status',
  'outbox/readTasks': 'only reads, for waybill status',
  'eventlog/client': 'passes on the statements of other files, under whose names they are steps',
  'outbox/readQuarantined': 'only reads, for a command that a person runs',
  'outbox/countQuarantined': 'only reads, for a command that a person runs',
  'outbox/readOperatorActions': 'only reads, for a command that a person runs',
  'outbox/readDeliveryWatch': 'only reads, for a command that a person runs',
  'outbox/hashBatches': 'only reads, for waybill reconcile',
  'outbox/readBatchStatuses': 'only reads, for waybill reconcile',
  'outbox/readDeliveredBatches': 'only reads, for waybill reconcile',
  'outbox/readUnsentBatches': 'only reads, for waybill reconcile',
  'eventlog/isTableEmpty': 'only reads, for waybill reconcile',
  'eventlog/readBatchIds': 'only reads, for waybill reconcile',
  'eventlog/summariseBatches': 'only reads, for waybill reconcile',
  'outbox/countUncleanedEvents': 'only reads, for the report of a cleaning that leaves a partition to fill',
  'outbox/readDefaultPartition': 'only reads, for waybill doctor',
  'outbox/readDeliveryPace': 'only reads, for waybill doctor',
  'outbox/readFailingBatches': 'only reads, for waybill doctor',
  'outbox/readOpenTransactions': 'only reads, for waybill doctor',
  'eventlog/readDisks': 'only reads, for waybill doctor',
  'eventlog/readFullestPartition': 'only reads, for waybill doctor',
  'eventlog/readMergeTreeSetting': 'only reads, for waybill doctor',
  'eventlog/readReplicaReadOnly': 'only reads, for waybill doctor',
  'eventlog/readStuckMutations': 'only reads, for waybill doctor',
  'outbox/dropQuarantined': 'one statement, for a command that a person runs: it is done or not',
  'outbox/releaseQuarantined': 'one statement, for a command that a person runs: it is done or not',
  'outbox/repairBatch':
    'repairs for waybill reconcile, tried from the states that a crash leaves in test/reconcile/repair.test.ts',
  'outbox/replaceByCopy':
    'repairs for waybill reconcile, tried from the states that a crash leaves in test/reconcile/repair.test.ts',
  'outbox/recordOperatorAction':
    'repairs for waybill reconcile, tried from the states that a crash leaves in test/reconcile/repair.test.ts',
  'eventlog/copyBatch':
    'repairs for waybill reconcile, tried from the states that a crash leaves in test/reconcile/repair.test.ts',
};
