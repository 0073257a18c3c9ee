import type { EventFilter } from '../event/eventFilter.js';
import type { Outbox } from './database.js';
import {
  waitingCandidatesText,
  waitingFilterValues,
  waitingScannedMax,
  type WaitingStatus,
} from './waitingEvent.js';

export interface WaitingCounts {
  readonly buckets: readonly WaitingBucket[];
  /** More wait than were looked at: only the newest of them were. */
  readonly isBounded: boolean;
}

export interface WaitingBucket {
  /** 0 is the first one from the begin of Unix time. */
  readonly bucket: number;
  readonly waiting: number;
  readonly quarantined: number;
}

/** How many events that match are not delivered yet, by stretches of time of `widthMs`; those with none are missing. */
export async function countWaitingEvents(
  outbox: Outbox,
  filter: EventFilter,
  statuses: readonly WaitingStatus[],
  widthMs: number,
): Promise<WaitingCounts> {
  const { rows } = await outbox.query<{ isBounded: boolean } & (WaitingBucket | { bucket: null })>(
    `WITH ${waitingCandidatesText(outbox.schema)},
     counted AS (
       SELECT floor(extract(epoch FROM event_date_time) * 1000 / $14::double precision)::double precision AS bucket,
              (count(*) FILTER (WHERE status <> 'QUARANTINED'))::double precision AS waiting,
              (count(*) FILTER (WHERE status = 'QUARANTINED'))::double precision AS quarantined
       FROM candidate
       WHERE matches
       GROUP BY bucket
     ),
     looked_at AS (
       SELECT coalesce(max(number), 0) >= $12 AS "isBounded"
       FROM (SELECT count(*) AS number FROM candidate GROUP BY batch_id IS NULL, status = 'QUARANTINED') AS kind
     )
     SELECT looked_at."isBounded", counted.*
     FROM looked_at LEFT JOIN counted ON true`,
    [...waitingFilterValues(filter), waitingScannedMax, statuses, widthMs],
  );
  return {
    buckets: rows.filter((row) => row.bucket !== null),
    isBounded: rows[0]?.isBounded ?? false,
  };
}
