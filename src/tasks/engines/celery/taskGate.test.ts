import { describe, expect, it } from 'vitest';
import type { Task, TaskResult } from '../../engine.js';
import type { TriggerResult } from '../../taskRunner.js';
import { TaskGate } from './taskGate.js';

const result: TaskResult = { error: undefined, report: undefined };
const request = { signal: new AbortController().signal };

/** A runner that a test drives: each call waits until it is told what comes of it. */
function drivenGate(): {
  gate: TaskGate;
  calls: { task: Task; settle: (end: TriggerResult | Error) => void }[];
} {
  const calls: { task: Task; settle: (end: TriggerResult | Error) => void }[] = [];
  const task: Task = { name: 'process_events', intervalMs: 1, run: () => Promise.resolve(result) };
  const gate = new TaskGate(
    {
      trigger: (given) =>
        new Promise((resolve, reject) => {
          calls.push({
            task: given,
            settle: (end) => {
              if (end instanceof Error) reject(end);
              else resolve(end);
            },
          });
        }),
    },
    task,
  );
  return { gate, calls };
}

describe('messages that come while it is not known whether a run begins', () => {
  it('are answered by the run that begins, before it ends', async () => {
    const { gate, calls } = drivenGate();
    const first = gate.ask(request);
    const others = [gate.ask(request), gate.ask(request)];
    expect(calls).toHaveLength(1);
    await calls[0]?.task.run(request);
    expect(await Promise.all(others)).toEqual(Array(2).fill({ ran: false, because: 'already_running' }));
    const later = gate.ask(request); // the runner knows best now
    expect(calls).toHaveLength(2);
    calls[1]?.settle({ ran: false, because: 'already_running' });
    expect(await later).toEqual({ ran: false, because: 'already_running' });
    calls[0]?.settle({ ran: true, result });
    expect(await first).toEqual({ ran: true, result });
  });

  it.each(['paused', 'stopped', 'already_running'] as const)('share the answer %s', async (because) => {
    const { gate, calls } = drivenGate();
    const answers = [gate.ask(request), gate.ask(request)];
    calls[0]?.settle({ ran: false, because });
    expect(await Promise.all(answers)).toEqual(Array(2).fill({ ran: false, because }));
  });

  it('share what went wrong, and the next one asks again', async () => {
    const { gate, calls } = drivenGate();
    const answers = [gate.ask(request), gate.ask(request)];
    calls[0]?.settle(new Error('Postgres is away'));
    expect(await Promise.allSettled(answers)).toMatchObject(
      Array(2).fill({ status: 'rejected', reason: { message: 'Postgres is away' } }),
    );
    const next = gate.ask(request);
    calls[1]?.settle({ ran: true, result });
    expect(await next).toEqual({ ran: true, result });
  });
});
