import type { RunFigures } from '../outbox/finishRun.js';

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
  /** More rows were refused for their data than one run quarantines: most likely it is the table that is at fault. */
  | 'too_many_rejected'
  /** ClickHouse cannot take events until somebody changes something there. */
  | 'misconfigured'
  /** Something of the service itself failed, most likely its way to Postgres. */
  | 'failed';

/** What one run of the service did. Kept in table `run` as well. */
export interface RunReport extends RunFigures {
  readonly worker: string;
  readonly startedAt: Date;
  readonly endedBecause: RunEnd;
}

type Figure = Exclude<keyof RunFigures, 'runId' | 'finishedAt' | 'durationMs' | 'endedBecause'>;

/** The figures of a run while it goes on. Streams of one run share it. */
export type RunTally = { -readonly [Name in Figure]: RunFigures[Name] };

export function emptyTally(): RunTally {
  return {
    batchesSealed: 0,
    batchesDelivered: 0,
    attemptsSucceeded: 0,
    attemptsFailed: 0,
    claimsLost: 0,
    eventsDelivered: 0,
    bytesDelivered: 0,
    batchesSplit: 0,
    eventsQuarantined: 0,
    error: undefined,
  };
}
