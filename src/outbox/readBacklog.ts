import { onlyRow, type Outbox } from './database.js';

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

const countMax = 1_000_000;

/** Counts the records by status, in one snapshot. */
export async function readBacklog(outbox: Outbox): Promise<Backlog> {
  const { schema } = outbox;
  const row = onlyRow(
    await outbox.query<BacklogRow>(
      `WITH boundary AS (
         SELECT seal_cursor.*, greatest(sealed_below, upper(sealed_above)) AS past FROM ${schema}.seal_cursor
       ),
       unsealed AS (
         SELECT FROM (
           SELECT in_hole.id
           FROM boundary
           CROSS JOIN LATERAL unnest(${schema}.seal_holes(sealed_below, sealed_above)) AS hole
           CROSS JOIN LATERAL (
             SELECT id FROM ${schema}.event WHERE id >= lower(hole) AND id < upper(hole) ORDER BY id LIMIT $1
           ) AS in_hole
           UNION ALL
           (SELECT id FROM ${schema}.event WHERE id >= (SELECT past FROM boundary) ORDER BY id LIMIT $1)
         ) AS waiting
         LIMIT $1
       ),
       waiting AS (SELECT count(*) AS records FROM unsealed),
       sealed AS (
         SELECT coalesce(sum(event_count) FILTER (WHERE status = 'AWAITING_DELIVERY'), 0) AS awaiting,
                coalesce(sum(event_count) FILTER (WHERE status = 'SENDING'), 0) AS sending,
                coalesce(sum(event_count) FILTER (WHERE status = 'DELIVERED'), 0) AS delivered
         FROM ${schema}.batch
       )
       SELECT waiting.records + sealed.awaiting AS awaiting, waiting.records >= $1 AS is_lower_bound,
              sealed.sending, sealed.delivered, watch.quarantined_events AS quarantined,
              watch.oldest_undelivered_at, watch.oldest_quarantined_at
       FROM waiting, sealed, ${schema}.delivery_watch AS watch`,
      [countMax],
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
