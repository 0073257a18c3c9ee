import { z } from 'zod';
import { durationMs, reason, timestamp } from './common.js';

export const taskName = z.enum(['process_events', 'clean_events_outbox']);
export type TaskName = z.infer<typeof taskName>;

export const task = z.object({
  name: z.string(),
  /** What starts it, such as `postgres`. */
  engine: z.string(),
  /**
   * - `running`: a worker runs it
   * - `requested`: somebody asked for a run, and no worker has taken it up yet
   * - `paused`: nothing starts it but a person
   * - `overdue`: it was due more than a minute ago, and nobody runs it: there is no worker
   * - `waiting`: until it is due
   */
  state: z.enum(['running', 'requested', 'paused', 'overdue', 'waiting']),
  intervalMs: durationMs,
  nextDueAt: timestamp,
  /** How long ago it was due; 0 where it is not due. */
  overdueMs: durationMs,
  /** The worker that runs it. */
  claimedBy: z.string().nullable(),
  pausedAt: timestamp.nullable(),
  pausedBy: z.string().nullable(),
  runRequestedAt: timestamp.nullable(),
  runRequestedBy: z.string().nullable(),
  lastStartedAt: timestamp.nullable(),
  lastFinishedAt: timestamp.nullable(),
  lastError: z.string().nullable(),
  /** What its last run did. That of `process_events` names its run as `runId`. */
  lastReport: z.record(z.string(), z.unknown()).nullable(),
});
export type Task = z.infer<typeof task>;

/** Empty `tasks`: no worker has ever started. */
export const tasksAnswer = z.object({ now: timestamp, tasks: z.array(task) });
export type TasksAnswer = z.infer<typeof tasksAnswer>;

export const taskParams = z.object({ name: taskName });

export const ttlMsMax = 86_400_000;

export const runTaskBody = z.strictObject({
  /** Working time of the run, in milliseconds. Unlimited when not given. Half a second at least, a day at most. */
  ttlMs: z.int().min(500).max(ttlMsMax).optional(),
  reason: reason.optional(),
});
export type RunTaskBody = z.infer<typeof runTaskBody>;

export const taskDecisionBody = z.strictObject({ reason: reason.optional() });
export type TaskDecisionBody = z.infer<typeof taskDecisionBody>;

/** The task as it is after the action. `unchanged`: it was so already. */
export const taskActionAnswer = z.object({
  outcome: z.enum(['requested', 'paused', 'resumed', 'unchanged']),
  task,
});
export type TaskActionAnswer = z.infer<typeof taskActionAnswer>;
