import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/**
 * A log file of bounded size: when it is full it becomes `<file>.1`, in place of the former one.
 * Writes synchronously, so that the last words of a dying engine are there. A full disk loses log lines only.
 */
export class BoundedLog {
  readonly #file: string;
  readonly #bytesMax: number;
  #descriptor: number;
  #bytes: number;

  constructor(file: string, bytesMax = 8 * 1024 * 1024) {
    this.#file = file;
    this.#bytesMax = bytesMax;
    this.#descriptor = openSync(file, 'a', 0o644);
    this.#bytes = fstatSync(this.#descriptor).size;
  }

  write(chunk: Buffer | string): void {
    try {
      if (this.#bytes >= this.#bytesMax) this.#rotate();
      this.#bytes +=
        typeof chunk === 'string' ? writeSync(this.#descriptor, chunk) : writeSync(this.#descriptor, chunk);
    } catch {
      // Nobody is left to tell, and the engine matters more than its log.
    }
  }

  #rotate(): void {
    closeSync(this.#descriptor);
    renameSync(this.#file, `${this.#file}.1`);
    this.#descriptor = openSync(this.#file, 'a', 0o644);
    this.#bytes = 0;
  }
}
