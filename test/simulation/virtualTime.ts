/** Something that happens at a moment of virtual time. */
interface Happening {
  readonly atMs: number;
  /** Orders what happens at the same moment. */
  readonly turn: number;
  readonly happen: () => void;
  cancelled: boolean;
}

/**
 * Time that passes from one happening to the next and costs nothing in between.
 *
 * Only one happening runs at a time, and the next waits until every promise that it settled has been followed to its
 * end. So the order of everything is the order of moments, and those follow from the history's plan alone.
 */
export class VirtualTime {
  /** Milliseconds since the history began. */
  nowMs = 0;
  /** Set by whoever settles a promise: the code that awaits it must run before the next happening. */
  promisesSettled = false;
  readonly #drawTurn: () => number;
  readonly #heap: Happening[] = [];

  /** @param drawTurn decides which of several happenings at one moment comes first */
  constructor(drawTurn: () => number) {
    this.#drawTurn = drawTurn;
  }

  /** Lets something happen after so many milliseconds, or never when the returned function is called before. */
  after(durationMs: number, happen: () => void): () => void {
    const happening = {
      atMs: this.nowMs + Math.max(0, durationMs),
      turn: this.#drawTurn(),
      happen,
      cancelled: false,
    };
    this.#push(happening);
    return () => {
      happening.cancelled = true;
    };
  }

  /** Passes until `isOver`, or nothing is left to happen before `endMs`. @returns whether it was `isOver` */
  async pass(endMs: number, isOver: () => boolean): Promise<boolean> {
    await followPromises();
    while (!isOver()) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > endMs) return false;
      this.#pop();
      if (next.cancelled) continue;
      this.nowMs = next.atMs;
      next.happen();
      if (!this.promisesSettled) continue;
      this.promisesSettled = false;
      await followPromises();
    }
    return true;
  }

  #push(happening: Happening): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(happening);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(happening, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = happening;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      let child = heap[below];
      const right = heap[below + 1];
      if (child !== undefined && right !== undefined && isBefore(right, child)) {
        child = right;
        below += 1;
      }
      if (child === undefined || !isBefore(child, last)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
  }
}

function isBefore(one: Happening, other: Happening): boolean {
  return one.atMs === other.atMs ? one.turn < other.turn : one.atMs < other.atMs;
}

/** Resolves once no promise is left that could still go on by itself: Node follows them all before an immediate. */
function followPromises(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
