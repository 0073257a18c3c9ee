import type { LatencySummary } from '../delivery/latency.js';
import { formatCount, formatDuration } from './format.js';

export interface ProgressState {
  readonly seconds: number;
  readonly captured: number;
  readonly delivered: number;
  /** Of the latest probes. */
  readonly latency: LatencySummary | undefined;
}

/** The part of a writable stream that progress needs. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const eraseLine = '\r\x1b[K';
const plainLineEveryMs = 5_000;

/** One line about what is going on: written over on a terminal, elsewhere a new one every five seconds. */
export class Progress {
  readonly #stream: ProgressStream;
  #nextPlainLineMs = 0;
  #isShowing = false;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  update(state: ProgressState): void {
    if (this.#stream.isTTY === true) {
      this.status(progressLine(state));
    } else if (performance.now() >= this.#nextPlainLineMs) {
      this.#nextPlainLineMs = performance.now() + plainLineEveryMs;
      this.#stream.write(`${progressLine(state)}\n`);
    }
  }

  /** What is being done right now, for people at a terminal. */
  status(line: string): void {
    if (this.#stream.isTTY !== true) return;
    this.#isShowing = true;
    const { columns = 0 } = this.#stream; // some terminals say 0
    this.#stream.write(eraseLine + line.slice(0, (columns > 0 ? columns : 80) - 1));
  }

  /** Writes a line that stays. */
  note(line: string): void {
    this.clear();
    this.#stream.write(`${line}\n`);
  }

  clear(): void {
    if (this.#isShowing) this.#stream.write(eraseLine);
    this.#isShowing = false;
  }
}

export function progressLine({ seconds, captured, delivered, latency }: ProgressState): string {
  const awaiting = Math.max(0, captured - delivered); // an event may arrive before its request's answer does
  const parts = [
    `${seconds.toFixed(0).padStart(4)} s`,
    `captured ${formatCount(captured).padStart(7)}`,
    `delivered ${formatCount(delivered).padStart(7)}`,
    `awaiting ${formatCount(awaiting).padStart(5)}`,
    `latency ${latency === undefined ? '–' : formatDuration(latency.p50Ms)}`,
  ];
  return parts.join('  '); // 80 columns hold it
}
