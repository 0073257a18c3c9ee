import { setTimeout as pause } from 'node:timers/promises';
import { summariseLatency, type LatencySummary } from './latency.js';

export interface LatencyProbesOptions {
  /** Which of these orders can be queried now. */
  readonly find: (orderIds: readonly number[]) => Promise<readonly number[]>;
  readonly pollIntervalMs?: number;
}

/** At most one order in so many milliseconds becomes a probe. */
const probeSpacingMs = 50;
const watchedMax = 200;
const latenciesMax = 10_000;
const recentCount = 40;

/**
 * Measures the time from commit to queryable, on a sample of orders.
 *
 * The clock of a probe starts when the client has the shop's answer, which is shortly after the commit, and stops when
 * the answer of a query arrives that shows the event. So a latency is too short by the way of one answer over loopback
 * (about a millisecond), and too long by up to one interval between polls and the time of one query. Both ends are
 * read in this one process, from one clock.
 */
export class LatencyProbes {
  readonly #find: LatencyProbesOptions['find'];
  readonly pollIntervalMs: number;
  readonly #watched = new Map<number, number>();
  readonly #latenciesMs: number[] = [];
  readonly #stopping = new AbortController();
  #nextProbeMs = 0;
  #polling: Promise<void> | undefined;

  constructor({ find, pollIntervalMs = 25 }: LatencyProbesOptions) {
    this.#find = find;
    this.pollIntervalMs = pollIntervalMs;
  }

  start(): void {
    this.#polling ??= this.#pollUntilStopped();
  }

  /** An order was committed just now. It is watched if it is time for another probe. */
  committed(orderId: number): void {
    const nowMs = performance.now();
    const isFull = this.#watched.size >= watchedMax || this.#latenciesMs.length >= latenciesMax;
    if (nowMs < this.#nextProbeMs || isFull) return;
    this.#nextProbeMs = nowMs + probeSpacingMs;
    this.#watched.set(orderId, nowMs);
  }

  /** The latest probes, for people who watch. */
  recent(): LatencySummary | undefined {
    return summariseLatency(this.#latenciesMs.slice(-recentCount));
  }

  summary(): LatencySummary | undefined {
    return summariseLatency(this.#latenciesMs);
  }

  /** Orders that are watched and have not been seen. */
  get unseen(): number {
    return this.#watched.size;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#polling;
  }

  async #pollUntilStopped(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      if (this.#watched.size > 0) await this.#poll();
      await pause(this.pollIntervalMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #poll(): Promise<void> {
    const found = await this.#find([...this.#watched.keys()]).catch(() => []); // seen by a later poll, and counted so
    const nowMs = performance.now();
    for (const orderId of found) {
      const committedMs = this.#watched.get(orderId);
      if (committedMs === undefined) continue; // a doubled event: the ledger's business
      this.#watched.delete(orderId);
      this.#latenciesMs.push(nowMs - committedMs);
    }
  }
}
