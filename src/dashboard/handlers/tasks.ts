import { isOverdue, isRunning } from '../../doctor/checkTasks.js';
import type { Outbox } from '../../outbox/database.js';
import { pauseTask as pause } from '../../outbox/pauseTask.js';
import { readServer } from '../../outbox/readServer.js';
import { readTasks, type TaskStatus } from '../../outbox/readTasks.js';
import { requestTaskRun } from '../../outbox/requestTaskRun.js';
import { resumeTask as resume } from '../../outbox/resumeTask.js';
import { askOutbox, changeOutbox, type DashboardContext } from '../context.js';
import type { Handler } from '../handler.js';
import { ProblemError } from '../problemError.js';
import type { Redaction } from '../redaction.js';
import type { Task, TaskActionAnswer, TaskName } from '../schema/tasks.js';

export const listTasks: Handler<'listTasks'> = async ({ context }) => {
  const { tasks, nowMs } = await askOutbox(context, readTasksNow);
  return {
    now: new Date(nowMs).toISOString(),
    tasks: tasks.map((task) => describeTask(task, nowMs, context.redaction)),
  };
};

export const runTask: Handler<'runTask'> = ({ params: { name }, body: { ttlMs, reason }, user, context }) =>
  decide(context, name, async (outbox) => {
    const requested = await requestTaskRun(outbox, { name, performedBy: user.name, reason, ttlMs });
    return requested === 'unknown' ? 'unknown' : 'requested';
  });

export const pauseTask: Handler<'pauseTask'> = ({ params: { name }, body: { reason }, user, context }) =>
  decide(context, name, (outbox) => pause(outbox, { name, performedBy: user.name, reason }));

export const resumeTask: Handler<'resumeTask'> = ({ params: { name }, body: { reason }, user, context }) =>
  decide(context, name, (outbox) => resume(outbox, { name, performedBy: user.name, reason }));

async function decide(
  context: DashboardContext,
  name: TaskName,
  change: (outbox: Outbox) => Promise<TaskActionAnswer['outcome'] | 'unknown'>,
): Promise<TaskActionAnswer> {
  const outcome = await changeOutbox(context, change);
  if (outcome === 'unknown') throw unknownTask(name);
  const { tasks, nowMs } = await askOutbox(context, readTasksNow);
  const task = tasks.find((each) => each.name === name);
  if (task === undefined) throw unknownTask(name);
  return { outcome, task: describeTask(task, nowMs, context.redaction) };
}

function unknownTask(name: string): ProblemError {
  return new ProblemError('NOT_FOUND', {
    detail: `There is no task ${name} yet: no worker has ever started here. Nothing was changed.`,
    advice: 'Start one: waybill worker',
  });
}

/** The tasks, and the clock of Postgres by which they go. */
export async function readTasksNow(outbox: Outbox): Promise<{ tasks: TaskStatus[]; nowMs: number }> {
  const { nowMs } = await readServer(outbox);
  return { tasks: await readTasks(outbox), nowMs };
}

export function describeTask(task: TaskStatus, nowMs: number, redaction: Redaction): Task {
  const overdueMs = Math.max(0, nowMs - task.nextDueAt.getTime());
  const error = task.lastReport?.['error'] as { readonly code?: string } | undefined;
  return {
    name: task.name,
    engine: task.engine,
    state: stateOf(task, nowMs),
    intervalMs: task.intervalMs,
    nextDueAt: task.nextDueAt.toISOString(),
    overdueMs,
    claimedBy: task.claimedBy ?? null,
    pausedAt: isoOrNull(task.pausedAt),
    pausedBy: task.pausedBy ?? null,
    runRequestedAt: isoOrNull(task.runRequestedAt),
    runRequestedBy: task.runRequestedBy ?? null,
    lastStartedAt: isoOrNull(task.lastStartedAt),
    lastFinishedAt: isoOrNull(task.lastFinishedAt),
    lastError: redaction.errorText(error?.code, task.lastError ?? null),
    lastReport: describeReport(task.lastReport, redaction),
  };
}

function stateOf(task: TaskStatus, nowMs: number): Task['state'] {
  const { runRequestedAt, pausedAt } = task;
  if (isRunning(task, nowMs)) return 'running';
  if (runRequestedAt !== undefined) return 'requested';
  if (pausedAt !== undefined) return 'paused';
  return isOverdue(task, nowMs) ? 'overdue' : 'waiting';
}

/** The error in a report may quote an event, as any other may. */
function describeReport(
  report: TaskStatus['lastReport'],
  redaction: Redaction,
): Record<string, unknown> | null {
  if (report === undefined) return null;
  const { error } = report as { readonly error?: { readonly code?: string; readonly text?: string } };
  if (typeof error?.text !== 'string') return { ...report };
  return { ...report, error: { ...error, text: redaction.errorText(error.code, error.text) } };
}

function isoOrNull(time: Date | undefined): string | null {
  return time?.toISOString() ?? null;
}
