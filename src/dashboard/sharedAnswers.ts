/**
 * Asks once for everybody who wants the same at the same time, and gives the answer to those who come soon after: a
 * dashboard is open in many windows, each of which asks every few seconds.
 */
export class SharedAnswers<Answer> {
  readonly #keptMs: number;
  readonly #entriesMax: number;
  readonly #answers = new Map<string, { readonly answer: Promise<Answer>; expiresAtMs: number }>();

  constructor(keptMs: number, entriesMax = 100) {
    this.#keptMs = keptMs;
    this.#entriesMax = entriesMax;
  }

  get(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    const found = this.#answers.get(key);
    if (found !== undefined && performance.now() < found.expiresAtMs) return found.answer;
    const entry = { answer: ask(), expiresAtMs: Infinity };
    this.#answers.delete(key); // so that it is the youngest
    this.#answers.set(key, entry);
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= this.#entriesMax) break;
      this.#answers.delete(oldest);
    }
    entry.answer.then(
      () => {
        entry.expiresAtMs = performance.now() + this.#keptMs;
      },
      () => {
        if (this.#answers.get(key) === entry) this.#answers.delete(key);
      },
    );
    return entry.answer;
  }

  /** Somebody has changed what was asked about. */
  forget(): void {
    this.#answers.clear();
  }
}
