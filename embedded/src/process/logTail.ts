/** Keeps the last bytes of a stream of text, for error messages. */
export class LogTail {
  #text = '';
  readonly #charactersMax: number;

  constructor(charactersMax = 4_000) {
    this.#charactersMax = charactersMax;
  }

  push(chunk: Buffer | string): void {
    this.#text = (this.#text + chunk.toString()).slice(-this.#charactersMax);
  }

  get text(): string {
    return this.#text.trim();
  }
}
