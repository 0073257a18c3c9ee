/** A fault that is set for something to come. */
export interface PendingFault {
  /** Resolves when it has come to pass: so many bytes are through, or the server has answered. */
  readonly reached: Promise<void>;
  wasReached(): boolean;
  /** Lets something stalled go on. */
  release(): void;
}

/** A fault on its way from the test that sets it to the connection that it spoils. */
export class QueuedFault<Fault extends object> implements PendingFault {
  readonly fault: Fault;
  readonly reached: Promise<void>;
  readonly released: Promise<void>;
  #resolveReached = (): void => undefined;
  release = (): void => undefined;
  #wasReached = false;

  constructor(fault: Fault) {
    this.fault = fault;
    this.reached = new Promise((resolve) => {
      this.#resolveReached = resolve;
    });
    this.released = new Promise((resolve) => {
      this.release = resolve;
    });
  }

  wasReached(): boolean {
    return this.#wasReached;
  }

  /** Where the fault says `releaseAfterMs`, it lets go by itself. */
  reach(): void {
    if (this.#wasReached) return;
    this.#wasReached = true;
    this.#resolveReached();
    if ('releaseAfterMs' in this.fault && typeof this.fault.releaseAfterMs === 'number')
      setTimeout(this.release, this.fault.releaseAfterMs);
  }
}

/** The faults that are set, by what they are set for; and a chooser for all that comes after them. */
export class FaultQueue<Kind extends string, Fault extends object> {
  readonly #queued: { readonly kind: Kind; readonly fault: QueuedFault<Fault> }[] = [];
  readonly #taken: QueuedFault<Fault>[] = [];
  #choose: (kind: Kind) => Fault | undefined = () => undefined;

  add(kind: Kind, fault: Fault): PendingFault {
    const queued = new QueuedFault(fault);
    this.#queued.push({ kind, fault: queued });
    return queued;
  }

  chooseBy(choose: ((kind: Kind) => Fault | undefined) | undefined): void {
    this.#choose = choose ?? (() => undefined);
  }

  /** The fault of the request or statement that has just begun, if there is one for it. */
  take(kind: Kind): QueuedFault<Fault> | undefined {
    const at = this.#queued.findIndex((queued) => queued.kind === kind);
    const chosen = at < 0 ? this.#choose(kind) : undefined;
    const fault =
      at >= 0
        ? this.#queued.splice(at, 1)[0]?.fault
        : chosen === undefined
          ? undefined
          : new QueuedFault(chosen);
    if (fault !== undefined) this.#taken.push(fault);
    return fault;
  }

  /** How many have come to pass. */
  reachedCount(): number {
    return this.#taken.filter((fault) => fault.wasReached()).length;
  }

  /** Lets everything go on that is stalled. */
  releaseAll(): void {
    for (const fault of this.#taken) fault.release();
  }
}
