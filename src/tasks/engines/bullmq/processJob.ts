import type { Job } from 'bullmq';
import type { Logger } from '../../../observe/logger.js';
import { messageOf } from '../../../waybillError.js';
import type { Task, TaskProgress, TaskRequest } from '../../engine.js';
import type { TriggerResult } from '../../taskRunner.js';
import type { Bullmq } from './loadBullmq.js';
import { ProgressReports } from './progressReports.js';
import { readTtlMs } from './readTtlMs.js';

/** Runs a task for a job, or tells why it needs no run. */
export type RunTask = (task: Task, request: TaskRequest) => Promise<TriggerResult>;

export interface ProcessJobContext {
  readonly bullmq: Bullmq;
  readonly run: RunTask;
  readonly tasks: readonly Task[];
  readonly logger: Logger;
  /** Fires when the worker stops. */
  readonly signal: AbortSignal;
}

/** What a job returns that needed no run of its own. */
export interface SkippedJob {
  readonly skipped: 'already_running' | 'paused';
}

/**
 * Does a job of the queue: runs its task and returns the run's report. A run that fails fails the job with its error; its
 * report is in the job's log then. When the worker stops before anybody knows whether the job needs a run, it goes back
 * to the head of the queue.
 */
export async function processJob(
  { bullmq, run, tasks, logger, signal }: ProcessJobContext,
  job: Job,
  token: string | undefined,
): Promise<unknown> {
  const fields = { job: job.id, task: job.name };
  const task = tasks.find(({ name }) => name === job.name);
  if (task === undefined) {
    const known = tasks.map(({ name }) => name).join(', ');
    throw new bullmq.UnrecoverableError(
      `There is no task ${job.name}; this queue takes: ${known}. Nothing was run.`,
    );
  }
  const ttlMs = readTtl(bullmq, job.data);
  const progress = new ProgressReports({
    send: (figures) => job.updateProgress(figures),
    onError: (error) => {
      logger.warn({ ...fields, reason: messageOf(error) }, 'the progress of a run could not be reported');
    },
  });
  const onProgress = (figures: TaskProgress): void => {
    progress.report(figures);
  };
  const triggered = await run(task, { signal, ttlMs, onProgress }).finally(() => progress.end());
  if (!triggered.ran) {
    if (triggered.because !== 'stopped') return { skipped: triggered.because } satisfies SkippedJob;
    await job.moveToWait(token);
    throw new bullmq.WaitingError();
  }
  const { error, report } = triggered.result;
  const plain = plainJson(report);
  if (error === undefined) return plain;
  if (report !== undefined) await job.log(JSON.stringify(plain));
  throw new bullmq.UnrecoverableError(error);
}

/** What is wrong with a job's data stays wrong. */
function readTtl(bullmq: Bullmq, data: unknown): number | undefined {
  try {
    return readTtlMs(data);
  } catch (error) {
    throw new bullmq.UnrecoverableError(`${messageOf(error)} Nothing was run.`);
  }
}

/** A report as JSON has it: times are ISO 8601 texts, and a report that is not there is null. */
function plainJson(report: object | undefined): unknown {
  return report === undefined ? null : JSON.parse(JSON.stringify(report));
}
