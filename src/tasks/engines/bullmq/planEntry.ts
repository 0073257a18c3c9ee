export interface DueTime {
  /** When the task is due next, in epoch milliseconds; possibly long ago. */
  readonly dueMs: number;
  readonly intervalMs: number;
  /** When it last began to run, whatever started it; undefined when it never did. */
  readonly lastStartedMs: number | undefined;
}

export interface Entry {
  /** The first time of the scheduler, which lies ahead; the others follow at whole intervals. */
  readonly startMs: number;
  /** The last time that has passed without a run, for which one is due now. */
  readonly dueNowMs: number | undefined;
}

/**
 * From when on a scheduler that is entered starts its task: from the due time, or, when that has passed, from the next
 * time at whole intervals of it, so that it keeps its phase. Times that have passed are caught up with one run.
 */
export function planEntry({ dueMs, intervalMs, lastStartedMs }: DueTime, nowMs: number): Entry {
  if (dueMs > nowMs) return { startMs: dueMs, dueNowMs: undefined };
  const lastMs = dueMs + Math.floor((nowMs - dueMs) / intervalMs) * intervalMs;
  const hasRun = lastStartedMs !== undefined && lastStartedMs >= lastMs;
  return { startMs: lastMs + intervalMs, dueNowMs: hasRun ? undefined : lastMs };
}
