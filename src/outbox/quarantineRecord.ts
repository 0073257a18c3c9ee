import { isoText } from './isoText.js';

/** An event that ClickHouse refused for its data, and why. Times are ISO 8601, UTC, with microseconds. */
export interface QuarantineRecord {
  readonly batchId: string;
  readonly seq: string;
  /** Null, as all of the event's own columns, when its row was deleted by hand. */
  readonly eventId: string | null;
  readonly eventType: string | null;
  readonly eventDateTime: string | null;
  readonly environment: string | null;
  readonly subject: string | null;
  readonly metadataVersion: number | null;
  readonly traceparent: string | null;
  /** The text of the JSON as it was captured. */
  readonly eventContext: string | null;
  readonly capturedAt: string;
  readonly refusedAt: string;
  /** Times it was sent by itself, apart from the larger batches it was in before. */
  readonly attemptCount: number;
  /** ClickHouse's code with its name, such as `469 VIOLATED_CONSTRAINT`. */
  readonly errorCode: string | null;
  readonly errorText: string | null;
  /** The column whose value was refused, where ClickHouse said which. */
  readonly refusedColumn: string | null;
}

/** Its columns, of view `quarantined_event`. */
export const quarantineRecordColumns = `
  batch_id AS "batchId", seq, event_id AS "eventId", event_type AS "eventType",
  ${isoText('event_date_time')} AS "eventDateTime", environment, subject, metadata_version AS "metadataVersion",
  traceparent, event_context::text AS "eventContext", ${isoText('captured_at')} AS "capturedAt",
  ${isoText('refused_at')} AS "refusedAt", attempt_count AS "attemptCount", error_code AS "errorCode",
  error_text AS "errorText", refused_column AS "refusedColumn"`;
