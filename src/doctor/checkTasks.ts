import { formatDuration } from '../durationText.js';
import { readServer } from '../outbox/readServer.js';
import { readTasks, type TaskStatus } from '../outbox/readTasks.js';
import type { DoctorContext } from './context.js';
import { fine, withCommands, type Finding } from './finding.js';

/** A worker looks at the clock every two seconds; one that is later than this is not there. */
const lateMsMax = 60_000;

/** Whether the tasks run when they are due, and end well. */
export async function checkTasks({ outbox }: DoctorContext): Promise<readonly Finding[]> {
  const { nowMs } = await readServer(outbox);
  return judgeTasks(await readTasks(outbox), nowMs);
}

/** What the clock of the tasks means. `nowMs`: Postgres's clock. */
export function judgeTasks(tasks: readonly TaskStatus[], nowMs: number): readonly Finding[] {
  if (tasks.length === 0) {
    return [
      {
        code: 'NO_WORKER_YET',
        severity: 'note',
        side: 'postgres',
        summary: 'No worker has ever started here.',
        meaning: 'Events are captured and kept, and delivered once one runs.',
        advice: withCommands('Start one:', 'waybill worker'),
      },
    ];
  }
  const findings = tasks.flatMap((task) => judgeTask(task, nowMs));
  if (findings.length > 0) return findings;
  const last = tasks.map(({ name, lastStartedAt }) =>
    lastStartedAt === undefined
      ? `${name} is about to run`
      : `${name} ran ${formatDuration(nowMs - lastStartedAt.getTime())} ago`,
  );
  return [fine('TASKS_RUN', 'postgres', `The tasks run: ${last.join(', ')}.`)];
}

function judgeTask(task: TaskStatus, nowMs: number): Finding[] {
  const { name, lastError } = task;
  const findings: Finding[] = [];
  if (task.pausedAt !== undefined) findings.push(paused(task, nowMs - task.pausedAt.getTime()));
  else if (isOverdue(task, nowMs)) findings.push(overdue(task, nowMs - expectedAtMs(task)));
  if (lastError !== undefined) {
    findings.push({
      code: 'TASK_FAILED',
      severity: 'warning',
      side: 'postgres',
      summary: `${name} failed when it last ran: ${lastError.replace(/\s+/g, ' ').trim()}`,
      meaning: 'It is tried again when it is due next. Nothing is lost.',
      advice: 'Mend what the error says; the log of the worker says more.',
    });
  }
  return findings;
}

/** Whether somebody runs the task. The claim of a worker that died is still there, and has expired. */
export function isRunning({ claimExpiresAt }: TaskStatus, nowMs: number): boolean {
  return claimExpiresAt !== undefined && claimExpiresAt.getTime() > nowMs;
}

/** Whether the task should have started, and nobody runs it. One that a person has paused is not expected to. */
export function isOverdue(task: TaskStatus, nowMs: number): boolean {
  if (isRunning(task, nowMs) || task.pausedAt !== undefined) return false;
  return nowMs - expectedAtMs(task) > lateMsMax;
}

/**
 * When the task is expected to have started at the latest. A broker keeps times of its own: its next message comes within
 * one interval after the last run, or after the first message that was expected.
 */
function expectedAtMs({ engine, nextDueAt, lastFinishedAt, intervalMs }: TaskStatus): number {
  if (engine === 'postgres') return nextDueAt.getTime();
  return Math.max(nextDueAt.getTime(), lastFinishedAt?.getTime() ?? 0) + intervalMs;
}

function paused({ name, pausedBy = 'somebody' }: TaskStatus, durationMs: number): Finding {
  return {
    code: 'TASK_PAUSED',
    severity: name === 'process_events' ? 'warning' : 'note',
    side: 'postgres',
    summary: `${name} was paused by ${pausedBy} ${formatDuration(durationMs)} ago.`,
    meaning: `Until it is resumed, ${consequenceOf(name)}`,
    advice: withCommands('When it is to run again:', `waybill tasks resume ${name}`),
  };
}

function consequenceOf(name: string): string {
  return name === 'process_events'
    ? 'nothing is delivered. Events are kept in the outbox.'
    : 'what is delivered stays in the outbox, which grows.';
}

function overdue(task: TaskStatus, lateMs: number): Finding {
  const { name } = task;
  const kept = consequenceOf(name);
  const late = { code: 'TASK_OVERDUE', severity: 'warning', side: 'postgres' } as const;
  const ago = formatDuration(lateMs);
  if (task.engine === 'celery') {
    return {
      ...late,
      summary: `${name} was due ${ago} ago, and no message of Celery Beat has started it.`,
      meaning: `Celery Beat sends nothing, or no worker reads its queue: ${kept}`,
      advice: withCommands(
        'See that Celery Beat runs with the schedule of examples/celery, on the broker of CELERY_BROKER_URL and for the ' +
          'queue of CELERY_QUEUE; and that a worker runs with the same three, and TASK_ENGINE=celery:',
        'waybill worker',
      ),
    };
  }
  if (task.engine === 'bullmq') {
    return {
      ...late,
      summary: `${name} was due ${ago} ago, and no job of BullMQ has started it.`,
      meaning: `Redis cannot be reached, the queue is paused, or no worker is running: ${kept}`,
      advice: withCommands(
        'See in the log of the workers whether they reach Redis, and in Bull Board whether the queue of BULLMQ_QUEUE is paused. ' +
          'If none runs, start one with the same REDIS_URL and queue, and TASK_ENGINE=bullmq:',
        'waybill worker',
      ),
    };
  }
  return {
    ...late,
    summary: `${name} was due ${ago} ago, and nobody runs it.`,
    meaning: `No worker is running: ${kept}`,
    advice: withCommands('Start one:', 'waybill worker'),
  };
}
