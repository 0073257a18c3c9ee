import { setTimeout as wait } from 'node:timers/promises';
import { WaybillError } from '../waybillError.js';
import type { RunEnd } from './runReport.js';

/** Node's timers fire at once beyond this: some 24 days. */
const timerMaxMs = 2 ** 31 - 1;

/** Knows how long a run may go on, and why it ended. Streams of one run share it: what ends one ends all. */
export class RunClock {
  /** Fires when a run that was asked to stop has used up its grace: attempts under way are then given up. */
  readonly graceOver: AbortSignal;

  readonly #startedMs = performance.now();
  readonly #ended = new AbortController();
  readonly #graceOver = new AbortController();
  readonly #signal: AbortSignal | undefined;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #onStop: () => void;
  #end: RunEnd | undefined;

  constructor(
    options: { readonly ttl?: number | undefined; readonly signal?: AbortSignal | undefined },
    graceMs: number,
  ) {
    if (options.ttl !== undefined && !(options.ttl >= 0)) {
      throw new WaybillError(
        'INVALID_OPTION',
        `ttl must be a number of milliseconds from 0, not ${String(options.ttl)}. Nothing was started.`,
      );
    }
    this.graceOver = this.#graceOver.signal;
    this.#signal = options.signal;
    this.#onStop = (): void => {
      this.end('stopped');
      this.#timers.push(
        setTimeout(() => {
          this.#graceOver.abort();
        }, graceMs),
      );
    };
    if (options.signal?.aborted === true) this.#onStop();
    else options.signal?.addEventListener('abort', this.#onStop, { once: true });
    if (options.ttl !== undefined) {
      this.#timers.push(
        setTimeout(
          () => {
            this.end('ttl_over');
          },
          Math.min(options.ttl, timerMaxMs),
        ),
      );
    }
  }

  mayGoOn(): boolean {
    return this.#end === undefined;
  }

  /** Ends the run. The first reason stands, except that a failure is never hidden behind another reason. */
  end(reason: RunEnd): void {
    if (this.#end === undefined || reason === 'failed') this.#end = reason;
    this.#ended.abort();
  }

  /** `drained` when nothing else ended it. */
  endedBecause(): RunEnd {
    return this.#end ?? 'drained';
  }

  elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }

  /** Waits, or less when the run ends. */
  async wait(durationMs: number): Promise<void> {
    await wait(durationMs, undefined, { signal: this.#ended.signal }).catch((error: unknown) => {
      if (!this.#ended.signal.aborted) throw error;
    });
  }

  /** Lets go of every timer and listener. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#signal?.removeEventListener('abort', this.#onStop);
  }
}
