import type { ScheduledTask, Task, TaskEngine } from '../engine.js';
import { scheduleTasks } from '../scheduleTasks.js';
import { TaskLoops } from '../taskLoops.js';
import type { EngineContext } from './engineContext.js';

/**
 * Runs tasks by a clock in Postgres and needs nothing else: a row a task with its next due time. Any number of
 * processes ask; one UPDATE picks the one that runs it. A time missed is caught up once; a task whose worker died is
 * taken over when its claim expires. Times are those of Postgres: the clocks of the workers do not matter.
 */
export class PostgresEngine implements TaskEngine {
  readonly name = 'postgres';
  readonly #context: EngineContext;
  readonly #loops: TaskLoops;

  constructor(context: EngineContext) {
    this.#context = context;
    const { runner, logger } = context;
    this.#loops = new TaskLoops({ runner, logger, trigger: 'clock' });
  }

  async start(tasks: readonly Task[]): Promise<readonly ScheduledTask[]> {
    const scheduled = await scheduleTasks(this.#context.outbox, tasks, this.name);
    this.#loops.start(tasks);
    return scheduled;
  }

  stop(): Promise<void> {
    return this.#loops.stop();
  }
}
