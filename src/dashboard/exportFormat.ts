import type { PlacedEvent } from './eventItem.js';

/** How a file of events is written. */
export interface ExportFormat {
  readonly mediaType: string;
  /** What the file begins with. */
  readonly head: string;
  readonly write: (event: PlacedEvent) => string;
}

const columns = [
  'event_id',
  'event_type',
  'event_date_time',
  'environment',
  'subject',
  'metadata_version',
  'traceparent',
  'state',
  'batch_id',
  'event_context',
] as const;

function valuesOf(event: PlacedEvent): readonly (string | number | null)[] {
  const { eventId, eventType, eventDateTime, environment, subject, metadataVersion, traceparent } = event;
  return [
    eventId,
    eventType,
    eventDateTime,
    environment,
    subject,
    metadataVersion,
    traceparent,
    event.state,
    event.batchId,
    event.eventContext,
  ];
}

export const exportFormats: Readonly<Record<'ndjson' | 'csv', ExportFormat>> = {
  ndjson: {
    mediaType: 'application/x-ndjson; charset=utf-8',
    head: '',
    write(event) {
      const last = columns.length - 1;
      const values = valuesOf(event).map((value, index) =>
        // The context as it was captured, each number with all its digits. A line ends in JSON only between two tokens.
        index === last ? event.eventContext.replaceAll(/[\r\n]+/g, ' ') : JSON.stringify(value),
      );
      return `{${values.map((value, index) => `"${columns[index] ?? ''}":${value}`).join(',')}}\n`;
    },
  },
  csv: {
    mediaType: 'text/csv; charset=utf-8; header=present',
    head: `${columns.join(',')}\r\n`,
    write: (event) => `${valuesOf(event).map(cell).join(',')}\r\n`,
  },
};

/**
 * A cell as RFC 4180 has it. A text that a spreadsheet would take for a formula gets an apostrophe before it, as
 * spreadsheets themselves write it: an event may hold what anybody has typed.
 */
function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
