import { onlyRow, type Outbox } from './database.js';
import { isoText } from './isoText.js';
import { unsealedCountMax, unsealedText } from './unsealedCount.js';

/** How many records stand where, at a cost that does not grow with the history of deliveries. */
export interface RecordCounts {
  /** Postgres's clock, ISO 8601. */
  readonly now: string;
  /** In no batch yet. Counting stops at a million. */
  readonly unsealed: number;
  readonly unsealedIsLowerBound: boolean;
  /** In batches that await delivery. */
  readonly awaitingInBatches: number;
  readonly sending: number;
  /** In the last 24 hours. */
  readonly deliveredLastDay: number;
  readonly quarantined: number;
  readonly oldestUndeliveredAt: string | null;
  readonly oldestUndeliveredAgeMs: number | null;
  readonly oldestQuarantinedAt: string | null;
}

/** Counts the records by status, each by an index. */
export async function readRecordCounts(outbox: Outbox): Promise<RecordCounts> {
  const { schema } = outbox;
  return onlyRow(
    await outbox.query<RecordCounts>(
      `WITH ${unsealedText(schema)},
       under_way AS (
         SELECT coalesce(sum(event_count) FILTER (WHERE status = 'AWAITING_DELIVERY'), 0) AS awaiting,
                coalesce(sum(event_count) FILTER (WHERE status = 'SENDING'), 0) AS sending
         FROM ${schema}.batch
         WHERE status IN ('AWAITING_DELIVERY', 'SENDING')
       ),
       delivered AS (
         SELECT coalesce(sum(event_count), 0) AS records
         FROM ${schema}.batch
         WHERE status = 'DELIVERED' AND delivered_at > clock_timestamp() - interval '1 day'
       )
       SELECT ${isoText('clock_timestamp()')} AS now,
              unsealed.records::double precision AS unsealed, unsealed.records >= $1 AS "unsealedIsLowerBound",
              under_way.awaiting::double precision AS "awaitingInBatches",
              under_way.sending::double precision AS sending,
              delivered.records::double precision AS "deliveredLastDay",
              watch.quarantined_events::double precision AS quarantined,
              ${isoText('watch.oldest_undelivered_at')} AS "oldestUndeliveredAt",
              CASE WHEN watch.oldest_undelivered_at IS NOT NULL THEN
                greatest(0, extract(epoch FROM watch.oldest_undelivered_age) * 1000)::double precision
              END AS "oldestUndeliveredAgeMs",
              ${isoText('watch.oldest_quarantined_at')} AS "oldestQuarantinedAt"
       FROM unsealed, under_way, delivered, ${schema}.delivery_watch AS watch`,
      [unsealedCountMax],
    ),
  );
}
