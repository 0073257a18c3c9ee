import type { Outbox } from './database.js';
import { quarantineFilterText, quarantineFilterValues, type QuarantineFilter } from './quarantineFilter.js';

/** An event that ClickHouse refused for its data, and why. */
export interface QuarantinedEvent {
  readonly batchId: string;
  /** Null, as all of the event's own columns, when its row was deleted by hand. */
  readonly eventId: string | null;
  readonly eventType: string | null;
  readonly eventDateTime: Date | null;
  readonly environment: string | null;
  readonly subject: string | null;
  readonly metadataVersion: number | null;
  readonly traceparent: string | null;
  /** The text of the JSON as it was captured. */
  readonly eventContext: string | null;
  readonly capturedAt: Date;
  readonly refusedAt: Date;
  /** Times it was sent by itself, apart from the larger batches it was in before. */
  readonly attemptCount: number;
  /** ClickHouse's code with its name, such as `469 VIOLATED_CONSTRAINT`. */
  readonly errorCode: string | null;
  readonly errorText: string | null;
  /** The column whose value was refused, where ClickHouse said which. */
  readonly refusedColumn: string | null;
}

/** The quarantined events that the filter names, oldest first, `limit` of them at most. */
export async function readQuarantined(
  outbox: Outbox,
  filter: QuarantineFilter,
  limit: number,
): Promise<QuarantinedEvent[]> {
  const { rows } = await outbox.query<QuarantinedRow>(
    `SELECT batch_id, event_id, event_type, event_date_time, environment, subject, metadata_version, traceparent,
            event_context::text AS event_context, captured_at, refused_at, attempt_count, error_code, error_text,
            refused_column
     FROM ${outbox.schema}.quarantined_event
     WHERE ${quarantineFilterText}
     ORDER BY seq
     LIMIT $4`,
    [...quarantineFilterValues(filter), limit],
  );
  return rows.map((row) => ({
    batchId: row.batch_id,
    eventId: row.event_id,
    eventType: row.event_type,
    eventDateTime: row.event_date_time,
    environment: row.environment,
    subject: row.subject,
    metadataVersion: row.metadata_version,
    traceparent: row.traceparent,
    eventContext: row.event_context,
    capturedAt: row.captured_at,
    refusedAt: row.refused_at,
    attemptCount: row.attempt_count,
    errorCode: row.error_code,
    errorText: row.error_text,
    refusedColumn: row.refused_column,
  }));
}

interface QuarantinedRow {
  readonly batch_id: string;
  readonly event_id: string | null;
  readonly event_type: string | null;
  readonly event_date_time: Date | null;
  readonly environment: string | null;
  readonly subject: string | null;
  readonly metadata_version: number | null;
  readonly traceparent: string | null;
  readonly event_context: string | null;
  readonly captured_at: Date;
  readonly refused_at: Date;
  readonly attempt_count: number;
  readonly error_code: string | null;
  readonly error_text: string | null;
  readonly refused_column: string | null;
}
