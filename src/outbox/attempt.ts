/** How one attempt to send a batch ended. See ARCHITECTURE, "What an attempt can end in". */
export type AttemptOutcome =
  'delivered' | 'unknown' | 'unavailable' | 'misconfigured' | 'rejected' | 'claim_lost';

/** One attempt to send a batch, as table `attempt` keeps it. */
export interface Attempt {
  readonly runId: string;
  readonly startedAt: Date;
  readonly durationMs: number;
  /** Rows that ClickHouse confirmed; 0 where it confirmed none. */
  readonly rows: number;
  /** Bytes of the batch as sent, before compression. */
  readonly bytes: number;
  readonly errorCode?: string | undefined;
  readonly errorText?: string | undefined;
}

/** Longest error text that is kept, in characters: ClickHouse quotes whole rows in some. */
const errorTextCharsMax = 4_000;

/** The values of an attempt, in the order in which the statements of this folder bind them after their own. */
export function attemptValues(attempt: Attempt): unknown[] {
  return [
    attempt.runId,
    attempt.startedAt,
    Math.round(attempt.durationMs),
    attempt.rows,
    attempt.bytes,
    attempt.errorCode ?? null,
    attempt.errorText?.slice(0, errorTextCharsMax).replaceAll('\0', '') ?? null, // Postgres's text takes no NUL
  ];
}
