interface TimedBatch {
  readonly firstEventTime: Date;
  readonly lastEventTime: Date;
}

/** Between which times the events of some batches lie. */
export function timesOf(batches: readonly TimedBatch[]): TimedBatch {
  return {
    firstEventTime: new Date(Math.min(...batches.map(({ firstEventTime }) => firstEventTime.getTime()))),
    lastEventTime: new Date(Math.max(...batches.map(({ lastEventTime }) => lastEventTime.getTime()))),
  };
}
