import type { Task } from '../../../src/tasks/engine.js';
import { name } from './taskTable.js';

export interface ObservedRun {
  readonly signal: AbortSignal;
  readonly ttlMs: number | undefined;
}

/** A task that notes when it runs and lasts until it is let go or asked to end. */
export interface ObservedTask {
  readonly task: Task;
  readonly runs: ObservedRun[];
  overlapped(): boolean;
  release(): void;
}

export function observedTask(intervalMs: number): ObservedTask {
  const runs: ObservedRun[] = [];
  let running = 0;
  let overlapped = false;
  let release: () => void = () => undefined;
  return {
    runs,
    overlapped: () => overlapped,
    release: () => {
      release();
    },
    task: {
      name,
      intervalMs,
      run: async ({ signal, ttlMs }) => {
        runs.push({ signal, ttlMs });
        running += 1;
        overlapped ||= running > 1;
        await new Promise<void>((resolve) => {
          release = resolve;
          if (signal.aborted) resolve();
          else
            signal.addEventListener('abort', () => {
              resolve();
            });
        });
        running -= 1;
        return { error: undefined, report: undefined };
      },
    },
  };
}
