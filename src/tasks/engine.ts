/** The tasks, by the names of the specification. */
export type TaskName = 'process_events' | 'clean_events_outbox';

/** A task as an engine runs it. */
export interface Task {
  readonly name: TaskName;
  readonly intervalMs: number;
  /**
   * Does the work once. Ends early, leaving nothing claimed, when `signal` fires.
   * What went wrong in the work is a result, kept as the task's last error; what it throws counts the same.
   */
  run(signal: AbortSignal): Promise<TaskResult>;
}

export interface TaskResult {
  readonly error: string | undefined;
}

/** Runs tasks at their intervals, each one at a time among all processes. */
export interface TaskEngine {
  /** Resolves when every task is entered and the engine waits for their times. */
  start(tasks: readonly Task[]): Promise<void>;
  /** Starts nothing more, asks what is under way to stop, and resolves when it has. May be called twice. */
  stop(): Promise<void>;
}
