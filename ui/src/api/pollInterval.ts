/** Between two questions to a server that fails, at most. */
export const pollMsMax = 60_000;

interface PollState {
  readonly failing: boolean;
  /** Questions that failed since the last answer. */
  readonly failures: number;
}

/** When to ask again: at the interval, or twice as late after each failure, up to a minute. */
export function pollInterval(everyMs: number, { failing, failures }: PollState): number {
  if (!failing) return everyMs;
  return Math.max(everyMs, Math.min(everyMs * 2 ** Math.min(failures, 10), pollMsMax));
}
