import { contentMatches, type EventFilter, type EventPosition } from '../event/eventFilter.js';
import type { Outbox } from './database.js';
import {
  outboxEvent,
  outboxEventColumns,
  waitingCandidatesText,
  waitingFilterValues,
  waitingScannedMax,
  type WaitingEvent,
  type WaitingStatus,
} from './waitingEvent.js';

export interface WaitingPageRequest {
  readonly filter: EventFilter;
  readonly statuses: readonly WaitingStatus[];
  readonly after?: EventPosition | undefined;
  readonly limit: number;
}

export interface WaitingPage {
  /** The newest first, by event time and then event id. */
  readonly events: readonly WaitingEvent[];
  /** More wait than were looked at: only the newest of them were. */
  readonly isBounded: boolean;
  /** The last one found, also where the filter, asked once more, did not want it: the next page begins after it. */
  readonly last: EventPosition | undefined;
}

/** Looks for events that are not delivered yet. */
export async function readWaitingEvents(
  outbox: Outbox,
  { filter, statuses, after, limit }: WaitingPageRequest,
): Promise<WaitingPage> {
  const { rows } = await outbox.query<WaitingRow>(
    `WITH ${waitingCandidatesText(outbox.schema)},
     found AS (
       SELECT candidate.id, candidate.batch_id, candidate.status
       FROM candidate
       WHERE candidate.matches
         AND ($14::timestamptz IS NULL
              OR (candidate.event_date_time, candidate.event_id) < ($14::timestamptz, $15::uuid))
       ORDER BY candidate.event_date_time DESC, candidate.event_id DESC
       LIMIT $16
     ),
     looked_at AS (
       SELECT coalesce(max(number), 0) >= $12 AS "isBounded"
       FROM (SELECT count(*) AS number FROM candidate GROUP BY batch_id IS NULL, status = 'QUARANTINED') AS kind
     )
     SELECT looked_at."isBounded", found.batch_id AS "batchId", found.status, ${outboxEventColumns}
     FROM looked_at
     LEFT JOIN found ON true
     LEFT JOIN ${outbox.schema}.event ON event.id = found.id
     ORDER BY event.event_date_time DESC, event.event_id DESC`,
    [
      ...waitingFilterValues(filter),
      waitingScannedMax,
      statuses,
      after?.eventDateTime ?? null,
      after?.eventId ?? null,
      limit,
    ],
  );
  const found = rows.filter(isEvent);
  const last = found.length < limit ? undefined : found.at(-1);
  return {
    events: found
      .filter((event) => contentMatches(event, filter))
      .map((row) => ({ ...outboxEvent(row), status: row.status, batchId: row.batchId })),
    isBounded: rows[0]?.isBounded ?? false,
    last: last === undefined ? undefined : { eventDateTime: last.eventDateTime, eventId: last.eventId },
  };
}

type WaitingRow = { readonly isBounded: boolean } & (WaitingEvent | { readonly eventId: null });

/** The answer about the looking itself comes in each row, and in one without an event where there is none. */
function isEvent(row: WaitingRow): row is { readonly isBounded: boolean } & WaitingEvent {
  return row.eventId !== null;
}
