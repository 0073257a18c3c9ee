import type { Outbox } from './database.js';

/** What the outbox still holds of a batch. */
export interface BatchContent {
  readonly events: number;
  /** Fewer than its events where an application gave its events ids of its own, and one twice. */
  readonly distinctEvents: number;
  /** As in eventlog/summariseBatches.ts, over the events that are there. */
  readonly contentHash: string;
}

/**
 * Hashes the events of batches, in one statement; no row leaves Postgres. Takes some microseconds an event, so its callers
 * ask for some hundred thousand at a time. A batch of which no event is left is not in the result.
 */
export async function hashBatches(
  outbox: Outbox,
  batchIds: readonly string[],
): Promise<Map<string, BatchContent>> {
  const { rows } = await outbox.query<HashRow>(hashBatchesText(outbox.schema), [batchIds]);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        events: Number(row.events),
        distinctEvents: Number(row.distinct_events),
        contentHash: row.content_hash,
      },
    ]),
  );
}

/** A sum of signed numbers, brought into the range of ClickHouse's UInt64, which overflows as theirs does. */
function hashBatchesText(schema: string): string {
  return `
    SELECT batch.id, count(*) AS events, count(DISTINCT event.event_id) AS distinct_events,
           mod(mod(sum(event.hash), 18446744073709551616) + 18446744073709551616, 18446744073709551616)::text AS content_hash
    FROM ${schema}.batch
    CROSS JOIN LATERAL unnest(batch.event_ids) AS owned
    CROSS JOIN LATERAL (
      SELECT event_id,
             ('x' || encode(substring(sha256(convert_to(${rowText}, 'UTF8')) FROM 1 FOR 8), 'hex'))::bit(64)::bigint AS hash
      FROM ${schema}.event
      WHERE event.id >= lower(owned) AND event.id < upper(owned)
      OFFSET 0 -- keeps this a scan a range
    ) AS event
    WHERE batch.id = ANY ($1::uuid[])
    GROUP BY batch.id`;
}

const withLength = (text: string): string => `char_length(${text}), ':', ${text}, ';'`;
const withLengthOrNull = (text: string): string =>
  `CASE WHEN ${text} IS NULL THEN 'N;' ELSE concat(${withLength(text)}) END`;

const rowText = `concat(
  event_id, ';', (extract(epoch FROM event_date_time) * 1000000)::bigint, ';', metadata_version, ';',
  ${withLength('event_type')}, ${withLength('environment')}, ${withLength('event_context::text')},
  ${withLengthOrNull('subject')}, ${withLengthOrNull('traceparent')})`;

interface HashRow {
  readonly id: string;
  readonly events: string;
  readonly distinct_events: string;
  readonly content_hash: string;
}
