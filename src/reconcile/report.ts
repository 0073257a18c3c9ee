import type { DifferenceKind } from './compareBatch.js';

/** One batch of which ClickHouse holds something else than Postgres says. */
export interface Difference {
  readonly kind: DifferenceKind;
  readonly batchId: string;
  /** The batch's status in Postgres. */
  readonly status: 'DELIVERED' | 'REPLACED' | 'DROPPED' | 'QUARANTINED' | 'AWAITING_DELIVERY';
  readonly deliveredAt: Date | undefined;
  /** Between these lie the times of its events. */
  readonly firstEventTime: Date;
  readonly lastEventTime: Date;
  /** Events that the batch owns. Of a stray batch ClickHouse should hold none. */
  readonly eventCount: number;
  /** Rows that ClickHouse holds of it, and different events among them. */
  readonly rows: number;
  readonly events: number;
  /** The outbox still holds all its events. */
  readonly inOutbox: boolean;
  readonly repair: RepairOutcome;
}

/** What came of a difference. */
export type RepairOutcome =
  /** Nobody asked for a repair. */
  | { readonly state: 'not_asked' }
  /** Mended; or, with `resentAs`, mended by the next run of process_events, which sends the batch that replaces it. */
  | { readonly state: 'repaired'; readonly resentAs: string | undefined; readonly text: string }
  /** Waybill cannot mend it; the text says who can. */
  | { readonly state: 'not_repairable'; readonly text: string }
  /** It did not work this time. Nothing is lost; run it again. */
  | { readonly state: 'failed'; readonly text: string };

export interface ReconcileReport {
  readonly since: Date;
  readonly until: Date;
  /** Delivered batches whose number of rows and events was compared, and their events. */
  readonly batchesCompared: number;
  readonly eventsCompared: number;
  /** Those of them whose content was compared too, since the outbox still holds all their events. */
  readonly batchesHashed: number;
  /** Batches of which ClickHouse should hold nothing that were looked at. */
  readonly unsentBatchesCompared: number;
  /** Batches that differed at first and were replaced by the time of the second look: compare again later. */
  readonly batchesLeftAlone: number;
  readonly differences: readonly Difference[];
  /** What is no difference but worth knowing. */
  readonly notes: readonly string[];
  /** Whether all was compared. What was found and repaired until then stands in any case. */
  readonly ended: 'complete' | 'stopped' | 'too_many_differences';
  readonly durationMs: number;
}

/** Differences that are left: found, and not repaired. */
export function remainingDifferences({ differences }: ReconcileReport): readonly Difference[] {
  return differences.filter(({ repair }) => repair.state !== 'repaired');
}
