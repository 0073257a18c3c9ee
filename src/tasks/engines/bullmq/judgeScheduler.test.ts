import { describe, expect, it } from 'vitest';
import { judgeScheduler, type SchedulerFacts } from './judgeScheduler.js';

const nowMs = 1_000_000;
const graceMs = 500;

function judge(facts: Partial<SchedulerFacts>, nextMs = nowMs + 60_000): string | undefined {
  const scheduler = { everyMs: 60_000, nextMs };
  return judgeScheduler({ scheduler, jobState: 'delayed', queuePaused: false, ...facts }, nowMs, graceMs);
}

describe('whether a job scheduler has stopped', () => {
  it('is no matter while its job waits for its time, waits its turn, or runs', () => {
    for (const jobState of ['delayed', 'waiting', 'prioritized', 'active'])
      expect(judge({ jobState })).toBeUndefined();
    for (const jobState of ['waiting', 'prioritized', 'active'])
      expect(judge({ jobState }, 0)).toBeUndefined();
  });

  it('is found when it is not there', () => {
    expect(judge({ scheduler: undefined, jobState: undefined })).toBe('removed');
  });

  it('is found when its job is gone, even before its time', () => {
    expect(judge({ jobState: undefined })).toBe('job_lost');
    expect(judge({ jobState: 'unknown' })).toBe('job_lost');
  });

  it('is found when its job is over and no next one was made', () => {
    expect(judge({ jobState: 'completed' })).toBe('job_finished');
    expect(judge({ jobState: 'failed' })).toBe('job_finished');
  });

  it('is found when its job still waits after the grace, and not before', () => {
    expect(judge({}, nowMs - graceMs)).toBeUndefined();
    expect(judge({}, nowMs - graceMs - 1)).toBe('overdue');
  });

  it('is found when its next time is more than an interval and the grace ahead', () => {
    expect(judge({}, nowMs + 60_000 + graceMs)).toBeUndefined();
    expect(judge({}, nowMs + 60_000 + graceMs + 1)).toBe('astray');
    expect(judge({ queuePaused: true }, nowMs + 60_000 + graceMs + 1)).toBe('astray');
  });

  it('is no matter while a person has paused the queue, unless the job is gone', () => {
    expect(judge({ queuePaused: true }, 0)).toBeUndefined();
    expect(judge({ queuePaused: true, jobState: undefined })).toBe('job_lost');
  });
});
