/** Files that send statements in whose steps no role is killed, each with its reason. */
export const unreachedFiles: Readonly<Record<string, string>> = {
  'outbox/database': 'passes on the statements of other files, under whose names they are steps',
  'outbox/readBacklog': 'only reads, for waybill status',
  'outbox/readRecentRuns': 'only reads, for waybill status',
  'outbox/readTasks': 'only reads, for waybill status',
  'eventlog/client': 'passes on the statements of other files, under whose names they are steps',
};
