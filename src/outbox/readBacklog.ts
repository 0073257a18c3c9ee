import { onlyRow, type Outbox } from './database.js';
import { unsealedCountMax, unsealedText } from './unsealedCount.js';

/** How many records stand where. */
export interface Backlog {
  /** Committed and not delivered, whether sealed into a batch or not; those being sent are not among them. */
  readonly awaiting: number;
  /** `awaiting` is a lower bound: counting stopped at a million records that no batch owns yet. */
  readonly awaitingIsLowerBound: boolean;
  readonly sending: number;
  /** As far back as batches are kept (HISTORY_RETENTION_IN_DAYS). */
  readonly delivered: number;
  readonly quarantined: number;
  /** When the oldest undelivered record was captured. */
  readonly oldestCapturedAt: Date | undefined;
  /** When the oldest quarantined record was captured. They wait for a person, and are not among the undelivered ones. */
  readonly oldestQuarantinedAt: Date | undefined;
}

/** Counts the records by status, in one snapshot. */
export async function readBacklog(outbox: Outbox): Promise<Backlog> {
  const { schema } = outbox;
  const row = onlyRow(
    await outbox.query<BacklogRow>(
      `WITH ${unsealedText(schema)},
       sealed AS (
         SELECT coalesce(sum(event_count) FILTER (WHERE status = 'AWAITING_DELIVERY'), 0) AS awaiting,
                coalesce(sum(event_count) FILTER (WHERE status = 'SENDING'), 0) AS sending,
                coalesce(sum(event_count) FILTER (WHERE status = 'DELIVERED'), 0) AS delivered
         FROM ${schema}.batch
       )
       SELECT unsealed.records + sealed.awaiting AS awaiting, unsealed.records >= $1 AS is_lower_bound,
              sealed.sending, sealed.delivered, watch.quarantined_events AS quarantined,
              watch.oldest_undelivered_at, watch.oldest_quarantined_at
       FROM unsealed, sealed, ${schema}.delivery_watch AS watch`,
      [unsealedCountMax],
    ),
  );
  return {
    awaiting: Number(row.awaiting),
    awaitingIsLowerBound: row.is_lower_bound,
    sending: Number(row.sending),
    delivered: Number(row.delivered),
    quarantined: Number(row.quarantined),
    oldestCapturedAt: row.oldest_undelivered_at ?? undefined,
    oldestQuarantinedAt: row.oldest_quarantined_at ?? undefined,
  };
}

interface BacklogRow {
  readonly awaiting: string;
  readonly is_lower_bound: boolean;
  readonly sending: string;
  readonly delivered: string;
  readonly quarantined: string;
  readonly oldest_undelivered_at: Date | null;
  readonly oldest_quarantined_at: Date | null;
}
