export interface BackoffOptions {
  /** Longest wait before the first retry, in milliseconds. */
  readonly firstMs: number;
  /** Longest wait before any retry, in milliseconds. */
  readonly maxMs: number;
  /** A number from 0 up to 1, drawn for each wait. Default: Math.random. */
  readonly random?: (() => number) | undefined;
}

/** Doubled more often, a wait would leave the range of numbers. */
const doublingsMax = 50;

/**
 * The wait before a retry, in milliseconds: doubles with each, up to a maximum, and is drawn from its upper half, so
 * that workers which failed together do not come back together.
 * @param retry 1 for the first
 */
export function backoffMs(retry: number, options: BackoffOptions): number {
  const { random = Math.random } = options;
  const ceiling = Math.min(options.maxMs, options.firstMs * 2 ** Math.min(retry - 1, doublingsMax));
  return Math.round(ceiling * (0.5 + 0.5 * random()));
}
