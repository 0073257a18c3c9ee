/**
 * Safeguards that a test takes away, to see the simulation find what they are for. Each is taken away at the stand-ins:
 * the code of delivery is the same.
 */
export interface Alterations {
  /** ClickHouse ignores deduplication tokens, as if each insert had one of its own. */
  readonly tokensIgnored?: boolean;
  /** What counting a batch says, whatever is there: `rows only` takes a row that is there twice for two events. */
  readonly countSays?: 'all' | 'none' | 'rows only';
  /** Postgres takes writes of workers that have lost their claim. */
  readonly fenceIgnored?: boolean;
  /** KILL QUERY ends nothing. */
  readonly killEndsNothing?: boolean;
  /** A worker that was stopped does not notice how long. */
  readonly clockStopsWithWorker?: boolean;
  /** Each attempt looks like the first one. */
  readonly attemptsNotCounted?: boolean;
  /** An overloaded ClickHouse answers with a code that stands for bad data. */
  readonly outageLooksLikeRefusal?: boolean;
  /** DELETE answers, and deletes nothing. */
  readonly deleteDoesNothing?: boolean;
  /** Children of a batch of which ClickHouse holds rows are sent without deleting those. */
  readonly purgeForgotten?: boolean;
  /** Cleaning takes events of batches that are under way, too. */
  readonly cleanedTooEarly?: boolean;
  /** A claim never expires. */
  readonly claimsNeverExpire?: boolean;
}
