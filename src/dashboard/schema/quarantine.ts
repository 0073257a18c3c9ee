import { z } from 'zod';
import { bigintText, count, pageOf, pageQuery, plainText, reason, timestamp, uuid } from './common.js';

/** An event that ClickHouse refused for its data, and why. */
export const quarantinedEvent = z.object({
  batchId: uuid,
  seq: bigintText,
  /** Null, as all of the event's own columns, when its row was deleted by hand. */
  eventId: uuid.nullable(),
  eventType: z.string().nullable(),
  eventDateTime: timestamp.nullable(),
  environment: z.string().nullable(),
  subject: z.string().nullable(),
  metadataVersion: count.nullable(),
  traceparent: z.string().nullable(),
  capturedAt: timestamp,
  refusedAt: timestamp,
  /** Times it was sent by itself. */
  attemptCount: count,
  /** ClickHouse's code with its name, such as `469 VIOLATED_CONSTRAINT`. */
  errorCode: z.string().nullable(),
  /** Whole, unless a `redact` hook is set: it may quote the event. */
  errorText: z.string().nullable(),
  /** The column whose value was refused, where ClickHouse said which. */
  refusedColumn: z.string().nullable(),
  contextBytes: count.nullable(),
});

export const quarantineItem = quarantinedEvent.extend({
  /** The first 400 characters of the context's JSON text. */
  contextPreview: z.string().nullable(),
});
export type QuarantineItem = z.infer<typeof quarantineItem>;

/** What is given must all hold. */
export const quarantineFilter = {
  eventType: plainText(255).optional(),
  /** ClickHouse's code as it stands in the list, or its number, or its name alone. */
  code: plainText(200).optional(),
};

/** Oldest first. */
export const quarantineQuery = z.strictObject({ ...pageQuery, ...quarantineFilter });
export type QuarantineQuery = z.input<typeof quarantineQuery>;

export const quarantineAnswer = pageOf(quarantineItem);
export type QuarantineAnswer = z.infer<typeof quarantineAnswer>;

export const quarantineGroupsQuery = z.strictObject({ ...quarantineFilter });
export type QuarantineGroupsQuery = z.input<typeof quarantineGroupsQuery>;

export const quarantineGroupsAnswer = z.object({
  /** How many there are of each type and code, the most frequent first. */
  groups: z.array(
    z.object({
      eventType: z.string().nullable(),
      errorCode: z.string().nullable(),
      events: count,
      firstRefusedAt: timestamp,
    }),
  ),
  /** The events of all groups: what a release or drop of all that match has to confirm. */
  total: count,
});
export type QuarantineGroupsAnswer = z.infer<typeof quarantineGroupsAnswer>;

export const quarantinedParams = z.object({ eventId: uuid });

export const quarantinedAnswer = z.object({
  event: quarantinedEvent.extend({
    /** The offending row's context, as JSON text. */
    context: z.string().nullable(),
  }),
  batch: z.object({ id: uuid, sealedAt: timestamp, parentId: uuid.nullable() }),
});
export type QuarantinedAnswer = z.infer<typeof quarantinedAnswer>;

export const decidedEventsMax = 1_000;

/** The events meant: some by their ids, or all that match, of which `expected` must be the number. */
const chosen = z.discriminatedUnion('of', [
  z.strictObject({ of: z.literal('events'), eventIds: z.array(uuid).min(1).max(decidedEventsMax) }),
  z.strictObject({
    of: z.literal('matching'),
    ...quarantineFilter,
    /** How many match, as the person confirmed it. When it is another number by now, nothing is done. */
    expected: z.int().positive(),
  }),
]);

export const releaseBody = z.strictObject({ events: chosen, reason: reason.optional() });
export type ReleaseBody = z.infer<typeof releaseBody>;

/** A dropped event is never delivered, so it needs a reason. */
export const dropBody = z.strictObject({ events: chosen, reason });
export type DropBody = z.infer<typeof dropBody>;

export const decisionAnswer = z.object({
  /** How many were released or dropped. */
  events: count,
  /** Asked for by id, and not quarantined (any more). */
  notQuarantined: z.array(uuid),
  /** After a release: a run of `process_events` was asked for. */
  runRequested: z.boolean(),
});
export type DecisionAnswer = z.infer<typeof decisionAnswer>;
