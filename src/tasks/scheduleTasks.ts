import type { EngineName } from '../config/settings.js';
import type { Outbox } from '../outbox/database.js';
import { scheduleTask } from '../outbox/scheduleTask.js';
import type { ScheduledTask, Task } from './engine.js';

/** Enters all tasks of a worker into the clock, or takes up what has changed about them. */
export async function scheduleTasks(
  outbox: Outbox,
  tasks: readonly Task[],
  engine: EngineName,
): Promise<readonly ScheduledTask[]> {
  const scheduled: ScheduledTask[] = [];
  for (const { name, intervalMs } of tasks) {
    const nextDueAt = await scheduleTask(outbox, { name, intervalMs, engine });
    scheduled.push({ name, intervalMs, nextDueAt });
  }
  return scheduled;
}
