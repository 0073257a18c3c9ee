import type { EngineName } from '../config/settings.js';
import type { CleanReport } from './cleanEventsOutbox.js';
import type { RunReport } from '../delivery/runReport.js';

/** The tasks, by the names of the specification. */
export const taskNames = ['process_events', 'clean_events_outbox'] as const;
export type TaskName = (typeof taskNames)[number];

/** A task as an engine runs it. */
export interface Task {
  readonly name: TaskName;
  readonly intervalMs: number;
  /**
   * Does the work once. Ends early, leaving nothing claimed, when the signal fires or the working time is over.
   * What went wrong in the work is a result, kept as the task's last error; what it throws counts the same.
   */
  run(request: TaskRequest): Promise<TaskResult>;
}

export interface TaskRequest {
  readonly signal: AbortSignal;
  /** Working time, in milliseconds. Unlimited when not given. */
  readonly ttlMs?: number | undefined;
  /** Told figures so far, now and then. */
  readonly onProgress?: ((progress: TaskProgress) => void) | undefined;
}

export type TaskProgress = Readonly<Record<string, unknown>>;

export interface TaskResult {
  readonly error: string | undefined;
  readonly report: RunReport | CleanReport | undefined;
}

/** Runs tasks at their intervals, each one at a time among all processes. */
export interface TaskEngine {
  readonly name: EngineName;
  /** Resolves when every task is entered and the engine waits for their times. Says when each is due next. */
  start(tasks: readonly Task[]): Promise<readonly ScheduledTask[]>;
  /** Starts nothing more, asks what is under way to stop, and resolves when it has. May be called twice. */
  stop(): Promise<void>;
}

export interface ScheduledTask {
  readonly name: TaskName;
  readonly intervalMs: number;
  readonly nextDueAt: Date;
}
