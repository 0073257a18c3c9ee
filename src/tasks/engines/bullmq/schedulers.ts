import type { Queue } from 'bullmq';
import type { TaskName } from '../../engine.js';
import type { SchedulerFacts } from './judgeScheduler.js';
import type { Entry } from './planEntry.js';

/** A scheduler moves on in the middle of a look once an interval; three times in a row it is alive. */
const looksMax = 3;

/**
 * Reads a scheduler and the job of its next time, both of the same moment: looks again when the scheduler moved on
 * meanwhile. Undefined when it moves on all the time.
 */
export async function readScheduler(queue: Queue, name: TaskName): Promise<SchedulerFacts | undefined> {
  const queuePaused = await queue.isPaused();
  for (let look = 0; look < looksMax; look += 1) {
    const found = await queue.getJobScheduler(name);
    if (found?.next === undefined) return { scheduler: undefined, jobState: undefined, queuePaused };
    const job = await queue.getJob(jobIdOf(name, found.next));
    const jobState = await job?.getState();
    const again = await queue.getJobScheduler(name);
    if (again?.next === found.next)
      return { scheduler: { everyMs: found.every ?? 0, nextMs: found.next }, jobState, queuePaused };
  }
  return undefined;
}

/**
 * Enters a scheduler again as it is: its next job is replaced by one for the same time, or for now if that has passed.
 * Returns that time.
 */
export async function renewScheduler(queue: Queue, name: TaskName, everyMs: number): Promise<Date> {
  const job = await queue.upsertJobScheduler(name, { every: everyMs }, { name });
  // Its time plus its delay is a millisecond early when the clock ticks between the two.
  const next = (await queue.getJobScheduler(name))?.next;
  return new Date(next ?? job.timestamp + job.delay);
}

/**
 * Enters a scheduler that is not there, and a job for the time that is due now. Doing so twice, or in two workers at the
 * same time, comes to the same: the ids of jobs are made of their times.
 */
export async function startScheduler(
  queue: Queue,
  name: TaskName,
  everyMs: number,
  { startMs, dueNowMs }: Entry,
): Promise<void> {
  await queue.upsertJobScheduler(name, { every: everyMs, startDate: startMs }, { name });
  if (dueNowMs !== undefined) await queue.add(name, {}, { jobId: `due-${name}-${String(dueNowMs)}` });
}

/**
 * Enters a scheduler whose next job is gone, or which has another interval. Without its removal BullMQ would skip the time
 * of that job, or keep the offset of the old interval (6.7): a job that starts late would then be followed by one that is as
 * far away as the old interval was long.
 */
export async function restartScheduler(
  queue: Queue,
  name: TaskName,
  everyMs: number,
  entry: Entry,
): Promise<void> {
  await queue.removeJobScheduler(name);
  // What is left of a job that stands in no list would take its place.
  const leftover = await queue.getJob(jobIdOf(name, entry.startMs));
  if ((await leftover?.getState()) === 'unknown') await leftover?.remove();
  await startScheduler(queue, name, everyMs, entry);
}

function jobIdOf(name: TaskName, timeMs: number): string {
  return `repeat:${name}:${String(timeMs)}`;
}
