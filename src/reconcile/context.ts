import type { EventLog } from '../eventlog/client.js';
import type { Outbox } from '../outbox/database.js';
import type { Difference } from './report.js';

export interface ReconcileContext {
  readonly outbox: Outbox;
  readonly eventLog: EventLog;
}

export interface ReconcileOptions {
  /** Batches delivered from then on and before `until` are compared. */
  readonly since: Date;
  readonly until: Date;
  /** Repair what differs, in the name of this person. */
  readonly repair?: Operator | undefined;
  /** Ends it after the page under way. */
  readonly signal?: AbortSignal | undefined;
  /** Told the number of batches compared so far after each page. */
  readonly onProgress?: ((batchesCompared: number) => void) | undefined;
}

/** Who repairs, and why. Kept in table `operator_action`. */
export interface Operator {
  readonly performedBy: string;
  readonly reason?: string | undefined;
}

/** The figures of a reconciliation while it goes on. */
export interface ReconcileTally {
  batchesCompared: number;
  eventsCompared: number;
  batchesHashed: number;
  unsentBatchesCompared: number;
  /** Batches that were replaced while they were compared. */
  batchesLeftAlone: number;
  readonly notes: string[];
}

/** A difference before anything is done about it. */
export type Found = Omit<Difference, 'repair'>;
