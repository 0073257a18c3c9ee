import type { Task, TaskRequest, TaskResult } from '../../engine.js';
import type { TaskRunner } from '../../taskRunner.js';

/** What came of asking for a run. */
export type Answer =
  | { readonly ran: true; readonly result: TaskResult }
  | { readonly ran: false; readonly because: 'already_running' | 'paused' | 'stopped' };

/** What is known as soon as it is known whether a run begins. */
type Decision = 'started' | 'already_running' | 'paused' | 'stopped';

/**
 * Asks for runs of one task. While it is not known whether the first of several messages starts a run, the others wait
 * for what becomes of it, so that a heap of messages asks Postgres once and not once for each.
 */
export class TaskGate {
  readonly #runner: Pick<TaskRunner, 'trigger'>;
  readonly #task: Task;
  #undecided: Promise<Decision> | undefined;

  constructor(runner: Pick<TaskRunner, 'trigger'>, task: Task) {
    this.#runner = runner;
    this.#task = task;
  }

  async ask(request: TaskRequest): Promise<Answer> {
    if (this.#undecided !== undefined) {
      const decision = await this.#undecided;
      return { ran: false, because: decision === 'started' ? 'already_running' : decision };
    }
    let start: () => void = () => undefined;
    const started = new Promise<'started'>((resolve) => {
      start = () => {
        resolve('started');
      };
    });
    const task: Task = {
      ...this.#task,
      run: (given) => {
        start();
        return this.#task.run(given);
      },
    };
    const triggered = this.#runner.trigger(task, request);
    const decided = Promise.race([
      started,
      triggered.then((answer) => (answer.ran ? 'started' : answer.because)),
    ]);
    this.#undecided = decided;
    const forget = (): void => {
      if (this.#undecided === decided) this.#undecided = undefined;
    };
    decided.then(forget, forget); // what went wrong is told to whoever awaits it
    return triggered;
  }
}
