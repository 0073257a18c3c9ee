import { isRunning } from '../doctor/checkTasks.js';
import { formatDuration } from '../durationText.js';
import type { TaskStatus } from '../outbox/readTasks.js';
import { ago } from './durations.js';
import { oneLine, table } from './terminal.js';

/** @param now by the clock of Postgres, whose claims and due times these are */
export function describeTasks(tasks: readonly TaskStatus[], now: Date): string {
  if (tasks.length === 0) return 'No worker has ever started. Start one: waybill worker';
  return table(
    tasks.map((task) => [
      task.name,
      task.engine,
      formatDuration(task.intervalMs),
      describeNext(task, now),
      task.lastStartedAt === undefined ? 'never' : ago(task.lastStartedAt, now),
      oneLine(task.lastError ?? ''),
    ]),
    ['task', 'started by', 'every', 'next due', 'last started', 'last error'],
  );
}

function describeNext(task: TaskStatus, now: Date): string {
  if (task.claimedBy !== undefined) {
    return isRunning(task, now.getTime())
      ? `running in ${task.claimedBy}`
      : `left by ${task.claimedBy}, which has died`;
  }
  if (task.runRequestedBy !== undefined) return `asked for by ${oneLine(task.runRequestedBy)}`;
  if (task.pausedAt !== undefined)
    return `paused ${ago(task.pausedAt, now)} by ${oneLine(task.pausedBy ?? 'somebody')}`;
  return ago(task.nextDueAt, now);
}
