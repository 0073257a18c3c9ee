/** What happened in a history: how often of each kind, and, where somebody is to read it, line by line. */
export class Journal {
  readonly counts = new Map<string, number>();
  readonly lines: string[] = [];
  /** Whether lines are kept: a history that is only counted does without them. */
  readonly isWritten: boolean;
  readonly #nowMs: () => number;

  constructor(isWritten: boolean, nowMs: () => number) {
    this.isWritten = isWritten;
    this.#nowMs = nowMs;
  }

  /** Counts an occurrence of a kind. Kinds are grouped by their first word: `fault`, `outcome`, `limit` … */
  count(kind: string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  /** Writes a line: who, what, and about what. */
  note(who: string, what: string, about: string | number = ''): void {
    if (!this.isWritten) return;
    const at = (this.#nowMs() / 1_000).toFixed(4).padStart(9);
    this.lines.push(`${at} s  ${who.padEnd(10)} ${what} ${String(about)}`.trimEnd());
  }

  /** Counts and writes. */
  record(kind: string, who: string, about: string | number = ''): void {
    this.count(kind);
    this.note(who, kind, about);
  }
}

/** Adds the counts of one to those of another. */
export function addCounts(to: Map<string, number>, from: ReadonlyMap<string, number>): void {
  for (const [kind, number] of from) to.set(kind, (to.get(kind) ?? 0) + number);
}
