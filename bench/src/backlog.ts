/**
 * The records that every contender delivers: the same content, made inside Postgres, so that a backlog of a million is there
 * within seconds. Record n is the same in each run.
 *
 * A record is 337 bytes long as a line of COPY text of our columns, batch id and line's end included; the note in its context
 * fills what is left. The keys of the context stand in the order in which jsonb keeps them and its text has no blanks, so that
 * a contender which stores it as jsonb hands on the same bytes.
 */
export const recordBytes = 337;

/** The columns of {@link recordsQuery}, which are those of an event. */
export const recordColumns =
  'event_id, event_type, event_date_time, environment, event_context, metadata_version, subject, traceparent';

/** The first record's time, in milliseconds since 1970: 2026-01-15 12:00 UTC. Each later one is a millisecond later. */
const firstMs = Date.UTC(2026, 0, 15, 12);

/** What a line holds beside its type and its context: two UUIDs, a time, environment, version, subject, traceparent, separators. */
const fixedBytes = 36 + 36 + 26 + 'production'.length + 1 + 'order:000000000'.length + 55 + 9;

/**
 * A query for the records `first` to `last`, numbers or expressions in SQL; one column each of {@link recordColumns},
 * `event_context` as text.
 */
export function recordsQuery(first: number | string, last: number | string): string {
  return `
    SELECT
      (lpad(to_hex(${String(firstMs)} + n), 12, '0') || '7' || left(hash, 3) || '8' || right(hash, 15))::uuid AS event_id,
      event_type,
      to_timestamp(${String(firstMs / 1_000)}) + n * interval '1 millisecond' AS event_date_time,
      'production' AS environment,
      head || left(note, ${String(recordBytes - fixedBytes)} - length(event_type) - length(head) - length(tail)) || tail AS event_context,
      1 AS metadata_version,
      'order:' || lpad(n::text, 9, '0') AS subject,
      '00-' || hash || '-' || left(hash, 16) || '-01' AS traceparent
    FROM (
      SELECT n, hash,
        (ARRAY['order_placed', 'order_paid', 'payment_failed', 'stock_low'])[1 + n % 4] AS event_type,
        '{"sku":"SKU-' || upper(left(hash, 8)) || '","note":"' AS head,
        (ARRAY[
          'Leave with the neighbour on the second floor, please',
          'Deliver after six in the evening and ring twice',
          'A present: no invoice in the parcel, gift wrapping',
          'The customer asked to be called an hour ahead of it'
        ])[1 + n / 4 % 4] AS note,
        '","items":' || 1 + n % 9 || ',"currency":"EUR","customerId":"c-' || lpad((n % 100000)::text, 5, '0')
          || '","totalCents":' || 10000 + n * 7919 % 90000 || '}' AS tail
      FROM (SELECT n, md5(n::text) AS hash FROM generate_series((${String(first)})::bigint, (${String(last)})::bigint) AS n) AS numbered
    ) AS parts`;
}
