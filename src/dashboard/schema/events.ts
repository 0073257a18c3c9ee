import { z } from 'zod';
import {
  bigintText,
  count,
  durationMs,
  pageOf,
  pageQuery,
  plainText,
  repeated,
  timestamp,
  uuid,
} from './common.js';

/** Where an event is. */
export const eventState = z.enum(['awaiting', 'sending', 'delivered', 'quarantined', 'dropped']);
export type EventState = z.infer<typeof eventState>;

/** An event without its context, whatever a `redact` hook has left of it. */
const eventHead = z.object({
  eventId: uuid,
  eventType: z.string(),
  eventDateTime: timestamp,
  environment: z.string(),
  subject: z.string().nullable(),
  metadataVersion: count,
  traceparent: z.string().nullable(),
  state: eventState,
  /** Null while no batch owns it. */
  batchId: uuid.nullable(),
  /** Its id in the outbox, where it was read there: with it the answer for one event finds it at once. */
  outboxId: bigintText.nullable(),
  /** Of the context's text as it was captured. */
  contextBytes: count,
});

export const contextPreviewCharsMax = 400;

export const eventItem = eventHead.extend({
  /** The first 400 characters of the context's JSON text. */
  contextPreview: z.string(),
});
export type EventItem = z.infer<typeof eventItem>;

/** Why an answer is not all there is, or what it does not know. */
export const notice = z.object({
  source: z.enum(['outbox', 'clickhouse']),
  code: z.enum([
    /** The database cannot be reached; the other one has answered. */
    'unavailable',
    /** The database answered with an error: no table, no rights. */
    'refused',
    /** The search was ended at a limit; `searchedTo` tells how far it came, `nextCursor` goes on from there. */
    'cut_short',
    /** More events wait in the outbox than are looked through: only the newest of them were. */
    'outbox_bounded',
    /** A `redact` hook is set: counting what it hides would tell it. */
    'hidden_by_redact',
  ]),
  /** What happened, in a sentence. */
  text: z.string(),
  /** What to do. */
  advice: z.string(),
});
export type Notice = z.infer<typeof notice>;

const attributeText = z.string().min(1).max(1_024);

/** What a search, its histogram and its export have in common. What is given must all hold. */
export const eventFilter = {
  /**
   * Event time at or after `from` and before `to`. Without `from` the 24 hours before `to`; without `to` until an hour
   * from now, so that clocks may differ.
   */
  from: timestamp.optional(),
  to: timestamp.optional(),
  /** Any of these types. */
  type: repeated(plainText(255)),
  environment: repeated(plainText(255)),
  /** Any of these states; all when not given. */
  state: repeated(z.enum(['awaiting', 'sending', 'delivered', 'quarantined'])),
  /** The whole subject; with a `*` at its end everything that begins so. */
  subject: plainText(1_024).optional(),
  /** Occurs in the text of the context, in whatever case of letters. */
  text: attributeText.optional(),
  /**
   * `path:value`: the context's value there is this text, number, true, false or null. The path's keys are separated by
   * dots, an element of an array is its number from 0: `customer.id:c-1`, `items.0.sku:A-7`. Before a dot or a colon that
   * belongs to a key stands a backslash. All of several must hold.
   */
  key: repeated(attributeText.regex(/^(?:[^:\\]|\\.)+:/s, 'path:value, such as customer.id:c-1'), 10),
  /** The 32 hexadecimal digits of a W3C trace id. */
  trace: z
    .string()
    .regex(/^[\da-f]{32}$/)
    .optional(),
  batchId: uuid.optional(),
};

/** Newest first, by event time and then event id. */
export const eventsQuery = z.strictObject({ ...pageQuery, ...eventFilter });
export type EventsQuery = z.input<typeof eventsQuery>;

export const eventsAnswer = z.object({
  ...pageOf(eventItem).shape,
  from: timestamp,
  to: timestamp,
  /** How far back the search has come: `from` when it is through with the range. A page that is full ends before. */
  searchedTo: timestamp,
  /** Nothing is missing from this page. False: `notices` says what, and why. */
  complete: z.boolean(),
  notices: z.array(notice),
});
export type EventsAnswer = z.infer<typeof eventsAnswer>;

export const histogramBucketsMax = 200;

export const histogramQuery = z.strictObject({
  ...eventFilter,
  /** About how many buckets; their width is a round one. */
  buckets: z.coerce.number().int().min(1).max(histogramBucketsMax).default(60),
});
export type HistogramQuery = z.input<typeof histogramQuery>;

export const histogramAnswer = z.object({
  from: timestamp,
  to: timestamp,
  bucketMs: durationMs,
  /** One after the other, without a gap; the first may begin before `from`, the last one reach beyond `to`. */
  buckets: z.array(z.object({ at: timestamp, delivered: count, waiting: count, quarantined: count })),
  total: count,
  complete: z.boolean(),
  notices: z.array(notice),
});
export type HistogramAnswer = z.infer<typeof histogramAnswer>;

/** What there is to choose from in a range of time. */
export const facetsQuery = z.strictObject({ from: timestamp.optional(), to: timestamp.optional() });
export type FacetsQuery = z.input<typeof facetsQuery>;

const facet = z.object({ value: z.string(), events: count });

export const facetsAnswer = z.object({
  /** The most frequent 200, delivered and waiting ones together. */
  types: z.array(facet),
  environments: z.array(facet),
  complete: z.boolean(),
  notices: z.array(notice),
});
export type FacetsAnswer = z.infer<typeof facetsAnswer>;

export const eventParams = z.object({ id: uuid });

/** What makes finding one event by its id quick: an item of a list has both. */
export const eventQuery = z.strictObject({
  /** Its event time. Without it, it is looked for around the time that its id tells, then in all of the table. */
  at: timestamp.optional(),
  outboxId: bigintText.optional(),
});
export type EventQuery = z.input<typeof eventQuery>;

export const eventDetail = eventHead.extend({
  /** JSON text, as it was captured, or as a `redact` hook has left it. */
  context: z.string(),
  /** When it was captured, as a UUID of version 7 tells; null for other ids. */
  capturedAt: timestamp.nullable(),
  /** From `traceparent`. */
  traceId: z.string().nullable(),
});
export type EventDetail = z.infer<typeof eventDetail>;

export const eventAnswer = z.object({
  event: eventDetail,
  /** What is known of the batch that owns it; null where none does, or its record is older than the retention. */
  batch: z
    .object({
      id: uuid,
      status: z.string(),
      eventCount: count,
      attemptCount: count,
      sealedAt: timestamp,
      deliveredAt: timestamp.nullable(),
      lastErrorCode: z.string().nullable(),
    })
    .nullable(),
  /** Rows of it in ClickHouse: 1 when it is delivered. Null while ClickHouse cannot be asked. */
  rowsInClickHouse: count.nullable(),
  /** Its row is still in the outbox. Null while Postgres cannot be asked, or where it was not found by its id. */
  inOutbox: z.boolean().nullable(),
  notices: z.array(notice),
});
export type EventAnswer = z.infer<typeof eventAnswer>;

/**
 * The whole result as a file: what waits in the outbox, then what ClickHouse holds by type and time. The file is whole
 * when the transfer ends well; a transfer that fails is cut off.
 */
export const exportQuery = z.strictObject({ ...eventFilter, format: z.enum(['ndjson', 'csv']) });
export type ExportQuery = z.input<typeof exportQuery>;

/** One line of an export in NDJSON; the columns of one in CSV, in this order. */
export const exportedEvent = z.object({
  event_id: uuid,
  event_type: z.string(),
  event_date_time: timestamp,
  environment: z.string(),
  subject: z.string().nullable(),
  metadata_version: count,
  traceparent: z.string().nullable(),
  state: eventState,
  batch_id: uuid.nullable(),
  /** The JSON value itself in NDJSON, its text in CSV. */
  event_context: z.unknown(),
});
