import { textsInJson, valueTexts, type EventFilter } from '../event/eventFilter.js';
import { isoText } from './isoText.js';

/** Statuses of batches whose events are not delivered, and may still be. */
export type WaitingStatus = 'AWAITING_DELIVERY' | 'SENDING' | 'QUARANTINED';

/** An event as the outbox holds it. Its time is ISO 8601 with microseconds. */
export interface OutboxEvent {
  /** Its id in the outbox. */
  readonly id: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly eventDateTime: string;
  readonly environment: string;
  readonly subject: string | null;
  readonly metadataVersion: number;
  readonly traceparent: string | null;
  /** The text of the JSON as it was captured. */
  readonly eventContext: string;
}

/** The event among the columns of a row. */
export function outboxEvent(row: OutboxEvent): OutboxEvent {
  return {
    id: row.id,
    eventId: row.eventId,
    eventType: row.eventType,
    eventDateTime: row.eventDateTime,
    environment: row.environment,
    subject: row.subject,
    metadataVersion: row.metadataVersion,
    traceparent: row.traceparent,
    eventContext: row.eventContext,
  };
}

/** An event that is not delivered yet. */
export interface WaitingEvent extends OutboxEvent {
  readonly status: WaitingStatus;
  /** Null while no batch owns it. */
  readonly batchId: string | null;
}

export const outboxEventColumns = `
  event.id, event.event_id AS "eventId", event.event_type AS "eventType", ${isoText('event.event_date_time')} AS "eventDateTime",
  event.environment, event.subject, event.metadata_version AS "metadataVersion", event.traceparent,
  event.event_context::text AS "eventContext"`;

/** The values of a filter as $1 to $11. */
export function waitingFilterValues(filter: EventFilter): unknown[] {
  const { subject, keys = [] } = filter;
  return [
    filter.from,
    filter.to,
    filter.types ?? null,
    filter.environments ?? null,
    subject?.isPrefix === false ? subject.text : null,
    subject?.isPrefix === true ? subject.text : null,
    filter.text === undefined ? null : textsInJson(filter.text),
    filter.traceId ?? null,
    filter.batchId ?? null,
    keys.length === 0 ? null : JSON.stringify(keys.map(({ path }) => path.map(held))),
    keys.length === 0 ? null : JSON.stringify(keys.map(({ value }) => valueTexts(held(value)))),
  ];
}

/** A text as Postgres can hold it. */
function held(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed();
}

/**
 * The condition on a row of `event`, but for the batch. Reading a value out of JSON fails where it has a character that
 * Postgres cannot hold (\u0000, half of a surrogate pair), so those are read as U+FFFD; whoever shows what was found looks
 * at it once more (`contentMatches`).
 */
export const waitingFilterText = `
  event.event_date_time >= $1::timestamptz AND event.event_date_time < $2::timestamptz
  AND ($3::text[] IS NULL OR event.event_type = ANY ($3::text[]))
  AND ($4::text[] IS NULL OR event.environment = ANY ($4::text[]))
  AND ($5::text IS NULL OR event.subject = $5)
  AND ($6::text IS NULL OR starts_with(event.subject, $6))
  AND ($8::text IS NULL OR substr(event.traceparent, 4, 32) = $8)
  AND ($7::text[] IS NULL OR EXISTS (
    SELECT FROM unnest($7::text[]) AS sought WHERE strpos(lower(event.event_context::text), lower(sought)) > 0
  ))
  AND ($10::jsonb IS NULL OR NOT EXISTS (
    SELECT
    FROM jsonb_array_elements($10::jsonb) WITH ORDINALITY AS path (steps, number)
    CROSS JOIN LATERAL (
      SELECT ARRAY(SELECT jsonb_array_elements_text(path.steps)) AS keys,
             CASE
               WHEN strpos(event.event_context::text, '\\u') = 0 THEN event.event_context
               ELSE regexp_replace(event.event_context::text, '\\\\u(0000|d[89a-f][0-9a-f]{2})', '\\\\ufffd', 'gi')::json
             END AS context
    ) AS way
    WHERE coalesce(
        way.context #>> way.keys,
        CASE WHEN json_typeof(way.context #> way.keys) = 'null' THEN 'null' END
      ) = ANY (ARRAY(SELECT jsonb_array_elements_text($11::jsonb -> (path.number - 1)::integer)))
      IS NOT TRUE
  ))`;

/** The condition on a batch that goes with it. */
export const waitingBatchText = `
  batch.first_event_time < $2::timestamptz AND batch.last_event_time >= $1::timestamptz
  AND ($9::uuid IS NULL OR batch.id = $9::uuid)`;

/**
 * The newest events that are not delivered, as CTE `candidate`: those that no batch owns, in holes and beyond, and those of
 * batches under way and in quarantine. `$12`: how many of each kind are looked at. `$13`: the statuses that count.
 * Rows are narrow, so that many of them fit in memory; `matches` is the filter's verdict.
 */
export function waitingCandidatesText(schema: string): string {
  const columns = 'event.id, event.event_id, event.event_date_time';
  const owned = (status: string): string => `
    (SELECT ${columns}, batch.id AS batch_id, batch.status, ${waitingFilterText} AS matches
     FROM ${schema}.batch
     CROSS JOIN LATERAL unnest(batch.event_ids) AS owned
     CROSS JOIN LATERAL (
       SELECT * FROM ${schema}.event WHERE event.id >= lower(owned) AND event.id < upper(owned) ORDER BY event.id DESC OFFSET 0
     ) AS event
     WHERE ${status} AND batch.status = ANY ($13::text[]) AND ${waitingBatchText}
     ORDER BY batch.seq DESC
     LIMIT $12)`;
  const unsealed = `NULL::uuid AS batch_id, 'AWAITING_DELIVERY' AS status, ${waitingFilterText} AS matches`;
  const wantsUnsealed = `'AWAITING_DELIVERY' = ANY ($13::text[]) AND $9::uuid IS NULL`;
  return `
    boundary AS (
      SELECT sealed_below, sealed_above, greatest(sealed_below, upper(sealed_above)) AS past FROM ${schema}.seal_cursor
    ),
    candidate AS (
      (SELECT ${columns}, ${unsealed}
       FROM ${schema}.event
       WHERE event.id >= (SELECT past FROM boundary) AND ${wantsUnsealed}
       ORDER BY event.id DESC
       LIMIT $12)
      UNION ALL
      (SELECT ${columns}, ${unsealed}
       FROM boundary
       CROSS JOIN LATERAL unnest(${schema}.seal_holes(boundary.sealed_below, boundary.sealed_above)) AS hole
       CROSS JOIN LATERAL (
         SELECT * FROM ${schema}.event WHERE event.id >= lower(hole) AND event.id < upper(hole) ORDER BY event.id DESC OFFSET 0
       ) AS event
       WHERE ${wantsUnsealed}
       LIMIT $12)
      UNION ALL
      ${owned("batch.status IN ('AWAITING_DELIVERY', 'SENDING')")}
      UNION ALL
      ${owned("batch.status = 'QUARANTINED'")}
    )`;
}

/** Events of each kind that one question looks at, so that a long backlog costs no more than this. */
export const waitingScannedMax = 50_000;
