/** What Redis has of a job scheduler, read while it did not move on. */
export interface SchedulerFacts {
  /** Undefined when there is no such scheduler. */
  readonly scheduler: { readonly everyMs: number; readonly nextMs: number } | undefined;
  /** State of the job of its next time as BullMQ names it; `unknown` when it stands in no list, undefined without job. */
  readonly jobState: string | undefined;
  /** A person has paused the queue: nothing in it starts. */
  readonly queuePaused: boolean;
}

/**
 * How a scheduler can have stopped. BullMQ makes the next job when the last one starts, and from nothing else:
 * - `removed`: there is none, for example after FLUSHALL, an obliterated queue, or a click in a dashboard;
 * - `job_lost`: the job of its next time is gone, so that none will ever start;
 * - `job_finished`: that job is over, but no other one was made when it started;
 * - `overdue`: that job waits for a time that has passed, and nobody takes it;
 * - `astray`: it waits for a time that is more than an interval ahead.
 */
export type SchedulerFault = 'removed' | 'job_lost' | 'job_finished' | 'overdue' | 'astray';

/** Whether a scheduler has stopped. `graceMs` is how late a job may be taken, and how far clocks may differ. */
export function judgeScheduler(
  { scheduler, jobState, queuePaused }: SchedulerFacts,
  nowMs: number,
  graceMs: number,
): SchedulerFault | undefined {
  if (scheduler === undefined) return 'removed';
  switch (jobState) {
    case undefined:
    case 'unknown':
      return 'job_lost';
    case 'completed':
    case 'failed':
      return 'job_finished';
    case 'delayed':
      if (scheduler.nextMs > nowMs + scheduler.everyMs + graceMs) return 'astray';
      return !queuePaused && scheduler.nextMs + graceMs < nowMs ? 'overdue' : undefined;
    default:
      // It runs, or waits its turn and the next one comes when it starts.
      return undefined;
  }
}
