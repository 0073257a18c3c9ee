import { WaybillError } from '../waybillError.js';
import { waitUnless, type Clock } from './clock.js';
import type { RunEnd } from './runReport.js';

/** Knows how long a run may go on, and why it ended. Streams of one run share it: what ends one ends all. */
export class RunClock {
  /** Fires when a run that was asked to stop has used up its grace: attempts under way are then given up. */
  readonly graceOver: AbortSignal;

  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #ended = new AbortController();
  readonly #graceOver = new AbortController();
  readonly #signal: AbortSignal | undefined;
  readonly #timers: (() => void)[] = [];
  readonly #onStop: () => void;
  #end: RunEnd | undefined;

  constructor(
    options: { readonly ttl?: number | undefined; readonly signal?: AbortSignal | undefined },
    graceMs: number,
    clock: Clock,
  ) {
    if (options.ttl !== undefined && !(options.ttl >= 0)) {
      throw new WaybillError(
        'INVALID_OPTION',
        `ttl must be a number of milliseconds from 0, not ${String(options.ttl)}. Nothing was started.`,
      );
    }
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
    this.graceOver = this.#graceOver.signal;
    this.#signal = options.signal;
    this.#onStop = (): void => {
      this.end('stopped');
      const endGrace = (): void => {
        this.#graceOver.abort();
      };
      this.#timers.push(clock.after(graceMs, endGrace));
    };
    if (options.signal?.aborted === true) this.#onStop();
    else options.signal?.addEventListener('abort', this.#onStop, { once: true });
    if (options.ttl !== undefined) {
      const endTtl = (): void => {
        this.end('ttl_over');
      };
      this.#timers.push(clock.after(options.ttl, endTtl));
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
    return this.#clock.monotonicMs() - this.#startedMs;
  }

  /** Waits, or less when the run ends. */
  async wait(durationMs: number): Promise<void> {
    await waitUnless(this.#ended.signal, this.#clock, durationMs);
  }

  /** Lets go of every timer and listener. */
  stop(): void {
    for (const cancel of this.#timers) cancel();
    this.#signal?.removeEventListener('abort', this.#onStop);
  }
}
