import { systemClock, type Clock } from '../../../delivery/clock.js';
import type { TaskProgress } from '../../engine.js';

export interface ProgressReportsOptions {
  /** Where the figures go. What it throws is told to `onError`: the run goes on without. */
  readonly send: (progress: TaskProgress) => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** Between two reports of one run. */
const reportMsMin = 1_000;

/**
 * Passes on the figures of a run, the newest once a second at most and one at a time, however often the run tells them
 * and however slow they go. The last ones come always.
 */
export class ProgressReports {
  readonly #options: ProgressReportsOptions;
  readonly #clock: Clock;
  #unsent: TaskProgress | undefined;
  #sending: Promise<void> | undefined;
  #cancelPause: (() => void) | undefined;

  constructor(options: ProgressReportsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  report(progress: TaskProgress): void {
    this.#unsent = progress;
    if (this.#sending === undefined && this.#cancelPause === undefined) this.#send();
  }

  /** Sends what has not gone yet, and resolves when it has. To be called once, at the end of the run. */
  async end(): Promise<void> {
    this.#cancelPause?.();
    await this.#sending;
    this.#cancelPause?.();
    const last = this.#unsent;
    if (last !== undefined) await this.#options.send(last).catch(this.#options.onError);
  }

  #send(): void {
    const progress = this.#unsent;
    if (progress === undefined) return;
    this.#unsent = undefined;
    this.#sending = this.#options
      .send(progress)
      .catch(this.#options.onError)
      .finally(() => {
        this.#sending = undefined;
        this.#cancelPause = this.#clock.after(reportMsMin, () => {
          this.#cancelPause = undefined;
          this.#send();
        });
      });
  }
}
