import type { Readable } from 'node:stream';
import { quotedTable, type EventLog } from './client.js';
import { insertSettings } from './insertSettings.js';

/** The columns, in the order in which outbox/readBatch.ts writes them. */
export const columns = [
  'event_id',
  'event_type',
  'event_date_time',
  'environment',
  'event_context',
  'metadata_version',
  'subject',
  'traceparent',
  'batch_id',
] as const;

export interface BatchInsert {
  readonly rows: Readable;
  readonly eventCount: number;
  /** ClickHouse stores a token's rows once. */
  readonly deduplicationToken: string;
  /** Names the insert in ClickHouse's logs and process list. */
  readonly queryId: string;
  /** Called right before the request goes out; what it throws is thrown instead of sending. */
  readonly beforeSending: () => void;
  readonly signal: AbortSignal;
}

/**
 * Sends a batch as one INSERT, its bytes untouched, and waits until ClickHouse has stored it.
 *
 * When `rows` fails, or `signal` fires, the request is destroyed and never ended: ClickHouse accepts a body that was
 * cut at a line's end as if it were whole, and then takes the complete one for a duplicate.
 *
 * @returns the rows that ClickHouse says it wrote; undefined when its answer does not say
 * @throws whatever the client or `rows` threw; `classifyInsertError` tells what it means
 */
export async function insertBatch(eventLog: EventLog, insert: BatchInsert): Promise<number | undefined> {
  const { deduplicationToken, eventCount, signal } = insert;
  const settings = await insertSettings(eventLog, deduplicationToken, eventCount, signal);
  insert.beforeSending();
  signal.throwIfAborted(); // the client heeds only a signal that fires later
  const { summary } = await eventLog.client.insert({
    table: quotedTable(eventLog),
    columns: [...columns],
    values: insert.rows,
    format: 'TabSeparated',
    query_id: insert.queryId,
    abort_signal: signal,
    clickhouse_settings: settings,
  });
  return summary === undefined ? undefined : Number(summary.written_rows);
}
