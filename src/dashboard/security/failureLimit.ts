/** Failures that are allowed within a time. */
export interface FailureLimitOptions {
  readonly failuresMax: number;
  readonly windowMs: number;
  /** Who is remembered at most; beyond it, those are forgotten whose last failure is longest ago. */
  readonly keysMax: number;
  /** Default: the clock of this process. */
  readonly nowMs?: () => number;
}

/** Counts wrong passwords by who sent them, in bounded memory. */
export class FailureLimit {
  readonly #options: FailureLimitOptions;
  readonly #nowMs: () => number;
  readonly #failures = new Map<string, { count: number; readonly endsAtMs: number }>();

  constructor(options: FailureLimitOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /** How long whoever it is has to wait, in milliseconds; 0 when it may try. */
  waitMs(key: string): number {
    const found = this.#failures.get(key);
    if (found === undefined) return 0;
    const leftMs = found.endsAtMs - this.#nowMs();
    if (leftMs <= 0) {
      this.#failures.delete(key);
      return 0;
    }
    return found.count < this.#options.failuresMax ? 0 : leftMs;
  }

  fail(key: string): void {
    const { keysMax, windowMs } = this.#options;
    const found = this.#failures.get(key);
    const isOver = found === undefined || found.endsAtMs <= this.#nowMs();
    const entry = isOver
      ? { count: 1, endsAtMs: this.#nowMs() + windowMs }
      : { ...found, count: found.count + 1 };
    this.#failures.delete(key); // so that it is the youngest
    this.#failures.set(key, entry);
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= keysMax) break;
      this.#failures.delete(oldest);
    }
  }
}
