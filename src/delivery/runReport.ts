/** Why a run of the service ended. */
export type RunEnd =
  /** Fewer records than a batch are left. */
  | 'drained'
  /** Its working time is over. */
  | 'ttl_over'
  /** It was asked to stop. */
  | 'stopped'
  /** A batch failed once and was sent again in vain as often as FAILED_LOG_SENDING_RETRIES allows. */
  | 'retries_exhausted'
  /** ClickHouse cannot take events until somebody changes something there. */
  | 'misconfigured'
  /** Something of the service itself failed, most likely its way to Postgres. */
  | 'failed';

/** What one run of the service did. Kept in table `run` as well. */
export interface RunReport {
  readonly runId: string;
  readonly worker: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly durationMs: number;
  readonly endedBecause: RunEnd;
  readonly batchesSealed: number;
  readonly batchesDelivered: number;
  readonly attemptsSucceeded: number;
  readonly attemptsFailed: number;
  /** Batches that another worker had taken over before this one was done with them. */
  readonly claimsLost: number;
  readonly eventsDelivered: number;
  /** Bytes of delivered batches as sent, before compression. */
  readonly bytesDelivered: number;
  /** The last thing that went wrong, if anything did, even if the run got over it. */
  readonly error?: { readonly code: string; readonly text: string } | undefined;
}

/** The figures of a run while it goes on. Streams of one run share it. */
export interface RunTally {
  batchesSealed: number;
  batchesDelivered: number;
  attemptsSucceeded: number;
  attemptsFailed: number;
  claimsLost: number;
  eventsDelivered: number;
  bytesDelivered: number;
  error: { code: string; text: string } | undefined;
}

export function emptyTally(): RunTally {
  return {
    batchesSealed: 0,
    batchesDelivered: 0,
    attemptsSucceeded: 0,
    attemptsFailed: 0,
    claimsLost: 0,
    eventsDelivered: 0,
    bytesDelivered: 0,
    error: undefined,
  };
}
