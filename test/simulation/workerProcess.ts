import type { Clock } from '../../src/delivery/clock.js';
import type { Journal } from './journal.js';
import type { VirtualTime } from './virtualTime.js';

/** Midnight of some day: what the clocks of a history show when it begins. */
export const historyBeginsAt = Date.parse('2026-01-01T00:00:00Z');

/**
 * A worker's process, as far as a machine can do harm to one: it can be killed, and it can be stopped for a while and
 * then go on (SIGSTOP, a laptop's lid, a machine that is moved). Whatever reaches it passes through `receive`.
 */
export class WorkerProcess {
  readonly name: string;
  readonly #time: VirtualTime;
  readonly #journal: Journal;
  readonly #clockStopsWithIt: boolean;
  #alive = true;
  #stoppedUntilMs = 0;
  #stoppedMs = 0;
  readonly #atDeath = new Set<() => void>();

  /** @param clockStopsWithIt a clock that does not jump after a stop, which real ones do */
  constructor(name: string, time: VirtualTime, journal: Journal, clockStopsWithIt: boolean) {
    this.name = name;
    this.#time = time;
    this.#journal = journal;
    this.#clockStopsWithIt = clockStopsWithIt;
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  get isStopped(): boolean {
    return this.#alive && this.#stoppedUntilMs > this.#time.nowMs;
  }

  /** SIGKILL: it never goes on. What it has sent is on its way all the same. */
  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#journal.record('fault: worker killed', this.name);
    for (const react of this.#atDeath) react();
  }

  /** Has something happen when the process dies: its connections break. @returns what takes that back */
  atDeath(react: () => void): () => void {
    this.#atDeath.add(react);
    return () => {
      this.#atDeath.delete(react);
    };
  }

  /** SIGSTOP, and SIGCONT so many milliseconds later. */
  stopFor(durationMs: number): void {
    if (!this.#alive || this.isStopped) return;
    this.#stoppedUntilMs = this.#time.nowMs + durationMs;
    this.#stoppedMs += durationMs;
    this.#journal.record('fault: worker stopped for a while', this.name, `for ${String(durationMs)} ms`);
  }

  /** Ends a stop now. */
  resume(): void {
    this.#stoppedUntilMs = Math.min(this.#stoppedUntilMs, this.#time.nowMs);
  }

  /**
   * Hands the process something that comes from outside: an answer, a timer. One that is stopped gets it once it goes on,
   * in any order; one that is dead never does.
   */
  receive(happen: () => void): void {
    if (!this.#alive) return;
    if (this.isStopped) {
      this.#time.after(this.#stoppedUntilMs - this.#time.nowMs, () => {
        this.receive(happen);
      });
      return;
    }
    this.#time.promisesSettled = true;
    happen();
  }

  readonly clock: Clock = {
    monotonicMs: () => this.#time.nowMs - (this.#clockStopsWithIt ? this.#stoppedMs : 0),
    now: () => new Date(historyBeginsAt + this.#time.nowMs),
    after: (durationMs, callback) => {
      let cancelled = false;
      // Whole milliseconds, and one at least: as Node's timers.
      const cancel = this.#time.after(Math.max(1, Math.trunc(durationMs)), () => {
        this.receive(() => {
          if (!cancelled) callback();
        });
      });
      return () => {
        cancelled = true;
        cancel();
      };
    },
  };
}
