import type { ResolvedCaptureOptions } from '../config/captureOptions.js';
import { encodeEvent, type EncodedEvent } from '../event/encodeEvent.js';
import type { LogEvent } from '../event/logEvent.js';
import type { CaptureTransaction } from './transactions.js';

/**
 * Checks and stores events in one statement, whatever their number; sends nothing when there are none.
 * @returns the id of each event, in the order given
 * @throws {InvalidEventError} before anything is sent
 */
export async function insertEvents(
  tx: CaptureTransaction,
  events: readonly LogEvent[],
  options: ResolvedCaptureOptions,
): Promise<string[]> {
  const encoded = events.map((event, index) => encodeEvent(event, index, options));
  if (encoded.length > 0) await tx.query(insertEventsText(options.quotedSchema), insertEventsValues(encoded));
  return encoded.map((event) => event.eventId);
}

/** Arrays instead of rows of values: the text is the same for any number of events, and so is the number of values. */
function insertEventsText(schema: string): string {
  return `
    INSERT INTO ${schema}.event
      (event_id, event_type, event_date_time, environment, event_context, metadata_version, subject, traceparent)
    SELECT event_id, event_type, event_date_time, environment, event_context::json, metadata_version, subject, traceparent
    FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::integer[], $7::text[], $8::text[])
      AS captured (event_id, event_type, event_date_time, environment, event_context, metadata_version, subject, traceparent)`;
}

function insertEventsValues(events: readonly EncodedEvent[]): unknown[] {
  return [
    events.map((event) => event.eventId),
    events.map((event) => event.eventType),
    events.map((event) => event.eventDateTime),
    events.map((event) => event.environment),
    events.map((event) => event.eventContext),
    events.map((event) => event.metadataVersion),
    events.map((event) => event.subject),
    events.map((event) => event.traceparent),
  ];
}
