/** Deliveries without a word of overload between them, after which one batch more may be sent at the same time. */
const deliveriesToGrow = 10;

/**
 * How many batches a run may send at the same time: as many as DELIVERY_CONCURRENCY says, while ClickHouse keeps up. When
 * it says that it does not, half as many, down to one; then one more for each ten batches that it has taken.
 * A batch that it refused waits besides, longer each time (`backoffMs`), so that one stream alone slows down as well.
 */
export class SendingLimit {
  readonly #max: number;
  readonly #waiting: (() => void)[] = [];
  #allowed: number;
  #sending = 0;
  #deliveries = 0;

  /** @param max batches, from 1 */
  constructor(max: number) {
    this.#max = max;
    this.#allowed = max;
  }

  get allowed(): number {
    return this.#allowed;
  }

  /** Resolves when one batch more may be sent, in the order of the calls. Whoever asked calls `release` afterwards. */
  acquire(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#admit();
    });
  }

  release(): void {
    this.#sending -= 1;
    this.#admit();
  }

  /** ClickHouse has taken a batch. */
  noteDelivery(): void {
    if (this.#allowed === this.#max) return;
    this.#deliveries += 1;
    if (this.#deliveries < deliveriesToGrow) return;
    this.#deliveries = 0;
    this.#allowed += 1;
    this.#admit();
  }

  /** ClickHouse has too much to do. */
  noteOverload(): void {
    this.#deliveries = 0;
    this.#allowed = Math.max(1, Math.floor(this.#allowed / 2));
  }

  #admit(): void {
    while (this.#sending < this.#allowed) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#sending += 1;
      next();
    }
  }
}
