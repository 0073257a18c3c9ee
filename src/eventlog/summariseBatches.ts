import { queryRows, quotedTable, type EventLog } from './client.js';
import { eventTimeBounds, eventTimeCondition } from './eventTimeBounds.js';

/** What ClickHouse holds of a batch. */
export interface BatchSummary {
  readonly rows: number;
  /** Different event ids among the rows. */
  readonly events: number;
  /**
   * Sum, modulo 2^64, of a hash of each row, so that the order does not matter: the first eight bytes of SHA-256 over the
   * row's values. Each text stands behind its length, so that no two rows read alike; NULL is told from an empty text.
   * The same as outbox/hashBatches.ts computes for the same events.
   */
  readonly contentHash: string;
}

export interface BatchesToSummarise {
  /** As a column of type uuid holds them. */
  readonly ids: readonly string[];
  /** Between these lie the events of all of them. */
  readonly firstEventTime: Date;
  readonly lastEventTime: Date;
}

/** Summarises batches in one query; no row leaves ClickHouse. A batch of which it holds nothing is not in the result. */
export async function summariseBatches(
  eventLog: EventLog,
  batches: BatchesToSummarise,
  signal?: AbortSignal,
): Promise<Map<string, BatchSummary>> {
  // In the text, and not as a parameter: those travel in the URL, of which a proxy may take 8 kB.
  const ids = batches.ids.map((id) => `'${id}'`).join(', ');
  const rows = await queryRows<SummaryRow>(
    eventLog,
    `SELECT toString(batch_id) AS id, toString(count()) AS rows, toString(uniqExact(event_id)) AS events,
            toString(sum(reinterpretAsUInt64(reverse(substring(SHA256(${rowText}), 1, 8))))) AS content_hash
     FROM ${quotedTable(eventLog)}
     WHERE batch_id IN (${ids}) AND ${eventTimeCondition}
     GROUP BY batch_id
     SETTINGS select_sequential_consistency = 1`,
    eventTimeBounds(batches),
    signal,
  );
  return new Map(
    rows.map((row) => [
      row.id,
      { rows: Number(row.rows), events: Number(row.events), contentHash: row.content_hash },
    ]),
  );
}

const withLength = (column: string): string =>
  `toString(lengthUTF8(${column})), ':', toString(${column}), ';'`;
const withLengthOrNull = (column: string): string =>
  `if(isNull(${column}), 'N;', concat(${withLength(`ifNull(${column}, '')`)}))`;

/** All values of a row as one text. */
export const rowText = `concat(
  toString(event_id), ';', toString(toUnixTimestamp64Micro(event_date_time)), ';', toString(metadata_version), ';',
  ${withLength('event_type')}, ${withLength('environment')}, ${withLength('event_context')},
  ${withLengthOrNull('subject')}, ${withLengthOrNull('traceparent')})`;

interface SummaryRow {
  readonly id: string;
  readonly rows: string;
  readonly events: string;
  readonly content_hash: string;
}
