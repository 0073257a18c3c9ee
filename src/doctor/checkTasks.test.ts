import { describe, expect, it } from 'vitest';
import type { TaskStatus } from '../outbox/readTasks.js';
import { isOverdue, judgeTasks } from './checkTasks.js';

const minute = 60_000;
const nowMs = Date.parse('2026-03-01T12:00:00Z');
const minutesAgo = (minutes: number): Date => new Date(nowMs - minutes * minute);

function task(changes: Partial<TaskStatus>): TaskStatus {
  return {
    name: 'process_events',
    engine: 'postgres',
    intervalMs: 10 * minute,
    nextDueAt: minutesAgo(-5),
    claimedBy: undefined,
    claimExpiresAt: undefined,
    pausedAt: undefined,
    pausedBy: undefined,
    runRequestedAt: undefined,
    runRequestedBy: undefined,
    lastStartedAt: minutesAgo(5),
    lastFinishedAt: minutesAgo(5),
    lastError: undefined,
    lastReport: undefined,
    ...changes,
  };
}

const codes = (changes: Partial<TaskStatus>): string[] =>
  judgeTasks([task(changes)], nowMs).map(({ code }) => code);

describe('a task that the clock in Postgres starts', () => {
  it('is overdue a minute after its time', () => {
    expect(codes({ nextDueAt: minutesAgo(0.9) })).toEqual(['TASKS_RUN']);
    expect(codes({ nextDueAt: minutesAgo(1.1) })).toEqual(['TASK_OVERDUE']);
  });

  it('is not overdue while somebody runs it, but is when the worker that ran it has died', () => {
    const late = { nextDueAt: minutesAgo(1.1), claimedBy: 'a' };
    expect(codes({ ...late, claimExpiresAt: minutesAgo(-0.5) })).toEqual(['TASKS_RUN']);
    expect(codes({ ...late, claimExpiresAt: minutesAgo(0.5) })).toEqual(['TASK_OVERDUE']);
  });
});

describe('a task that a person has paused', () => {
  const isPaused = { nextDueAt: minutesAgo(180), pausedAt: minutesAgo(200), pausedBy: 'anna' };

  it('is told as that, with who did it and how it goes on, and not as overdue', () => {
    const findings = judgeTasks([task(isPaused)], nowMs);
    expect(findings).toMatchObject([
      {
        code: 'TASK_PAUSED',
        severity: 'warning',
        summary: 'process_events was paused by anna 3 h 20 min ago.',
        meaning: 'Until it is resumed, nothing is delivered. Events are kept in the outbox.',
      },
    ]);
    expect(findings[0]?.advice).toContain('waybill tasks resume process_events');
    expect(isOverdue(task(isPaused), nowMs)).toBe(false);
  });

  it('is worth a note where only the outbox grows', () => {
    const cleaning = task({ ...isPaused, name: 'clean_events_outbox' });
    expect(judgeTasks([cleaning], nowMs)).toMatchObject([{ code: 'TASK_PAUSED', severity: 'note' }]);
  });

  it('that failed before is told as both', () => {
    expect(codes({ ...isPaused, lastError: 'out of paper' })).toEqual(['TASK_PAUSED', 'TASK_FAILED']);
  });
});

describe('a task that Celery Beat starts', () => {
  const celery = { engine: 'celery', lastFinishedAt: undefined, lastStartedAt: undefined };

  it('is overdue when the message after the one expected has not come either', () => {
    expect(codes({ ...celery, nextDueAt: minutesAgo(10.9) })).toEqual(['TASKS_RUN']);
    expect(codes({ ...celery, nextDueAt: minutesAgo(11.1) })).toEqual(['TASK_OVERDUE']);
  });

  it('is not overdue right after a run that took longer than its interval', () => {
    expect(codes({ ...celery, nextDueAt: minutesAgo(60), lastFinishedAt: minutesAgo(9) })).toEqual([
      'TASKS_RUN',
    ]);
    expect(codes({ ...celery, nextDueAt: minutesAgo(60), lastFinishedAt: minutesAgo(12) })).toEqual([
      'TASK_OVERDUE',
    ]);
  });

  it('is judged so with every broker, and the advice fits it', () => {
    const bullmq = { ...celery, engine: 'bullmq' };
    expect(codes({ ...bullmq, nextDueAt: minutesAgo(10.9) })).toEqual(['TASKS_RUN']);
    const [finding] = judgeTasks([task({ ...bullmq, nextDueAt: minutesAgo(11.1) })], nowMs);
    expect(finding?.code).toBe('TASK_OVERDUE');
    expect(finding?.advice).not.toContain('Beat');
    expect(finding?.meaning).toMatch(
      /^Redis cannot be reached, the queue is paused, or no worker is running: /,
    );
    expect(finding?.advice).toMatch(/BULLMQ_QUEUE[\s\S]*TASK_ENGINE=bullmq[\s\S]*waybill worker/);
  });

  it('says that Beat may be what is missing', () => {
    const [finding] = judgeTasks([task({ ...celery, nextDueAt: minutesAgo(190) })], nowMs);
    expect(finding?.summary).toBe(
      'process_events was due 3 h ago, and no message of Celery Beat has started it.',
    );
    expect(finding?.advice).toMatch(/Celery Beat runs[\s\S]*TASK_ENGINE=celery[\s\S]*waybill worker/);
  });
});
