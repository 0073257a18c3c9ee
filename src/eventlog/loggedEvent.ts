import { isoOfMicros } from '../event/microTime.js';

/** An event as ClickHouse holds it. Its time is ISO 8601 with microseconds. */
export interface LoggedEvent {
  readonly eventId: string;
  readonly eventType: string;
  readonly eventDateTime: string;
  readonly environment: string;
  readonly subject: string | null;
  readonly metadataVersion: number;
  readonly traceparent: string | null;
  readonly batchId: string;
  /** The text of the JSON as it was captured. */
  readonly eventContext: string;
}

export const loggedEventColumns = `
  toString(event_id) AS id, event_type AS type, toString(toUnixTimestamp64Micro(event_date_time)) AS micros,
  environment AS env, subject AS about, toUInt32(metadata_version) AS version, traceparent AS trace, toString(batch_id) AS batch,
  event_context AS context`;

/** The names differ from those of the columns: in ClickHouse an alias wins over a column in the conditions too. */
export interface LoggedEventRow {
  readonly id: string;
  readonly type: string;
  readonly micros: string;
  readonly env: string;
  readonly about: string | null;
  readonly version: number;
  readonly trace: string | null;
  readonly batch: string;
  readonly context: string;
}

export function loggedEvent(row: LoggedEventRow): LoggedEvent {
  return {
    eventId: row.id,
    eventType: row.type,
    eventDateTime: isoOfMicros(BigInt(row.micros)),
    environment: row.env,
    subject: row.about,
    metadataVersion: row.version,
    traceparent: row.trace,
    batchId: row.batch,
    eventContext: row.context,
  };
}
