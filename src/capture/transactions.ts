/**
 * What capture needs of a transaction: one way to run a statement in it. The clients of `pg` have this shape, so
 * no driver is a dependency. A pool has it too but would run each statement in a transaction of its own;
 * `totalCount`, which pools alone have, rules it out for the compiler, and `captureEvents` refuses it at run time.
 */
export interface CaptureTransaction {
  query(text: string, values: unknown[]): Promise<unknown>;
  readonly totalCount?: never;
}

/** Opens transactions of one data layer. `pgTransactions(pool)` is the one for `pg`. */
export interface Transactions<Tx> {
  /** Runs `work` in a new transaction: commits what it did when it resolves, rolls all of it back when it throws. */
  run<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
  /** Runs `work` inside `tx`, behind a savepoint: when it throws, what it did is undone and `tx` stays usable. */
  runNested<Result>(tx: Tx, work: (tx: Tx) => Promise<Result>): Promise<Result>;
  /** The same transaction, in the shape that `captureEvents` takes. */
  toCapture(tx: Tx): CaptureTransaction;
}
