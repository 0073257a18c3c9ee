import { formatDuration } from '../durationText.js';
import { readServer } from '../outbox/readServer.js';
import { readTasks, type TaskStatus } from '../outbox/readTasks.js';
import type { DoctorContext } from './context.js';
import { fine, withCommands, type Finding } from './finding.js';

/** A worker looks at the clock every five seconds; one that is later than this is not there. */
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

function judgeTask({ name, nextDueAt, claimedBy, lastError }: TaskStatus, nowMs: number): Finding[] {
  const findings: Finding[] = [];
  const lateMs = nowMs - nextDueAt.getTime();
  if (claimedBy === undefined && lateMs > lateMsMax) {
    findings.push({
      code: 'TASK_OVERDUE',
      severity: 'warning',
      side: 'postgres',
      summary: `${name} was due ${formatDuration(lateMs)} ago, and nobody runs it.`,
      meaning:
        name === 'process_events'
          ? 'No worker is running: nothing is delivered. Events are kept in the outbox.'
          : 'No worker is running: what is delivered stays in the outbox, which grows.',
      advice: withCommands('Start one:', 'waybill worker'),
    });
  }
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
