import { z } from 'zod';
import { bigintText, count, pageOf, pageQuery, plainText, repeated, timestamp, uuid } from './common.js';

/** What a person did, by command or dashboard. */
export const action = z.object({
  id: bigintText,
  performedAt: timestamp,
  performedBy: z.string(),
  /** `release`, `drop`, `retry`, `repair`, `run`, `pause`, `resume`. */
  action: z.string(),
  /** The batch it was done to, where it was done to one. */
  batchId: uuid.nullable(),
  eventCount: count,
  reason: z.string().nullable(),
  /** Such as `task`, or `eventId`, `eventType` and `code`. */
  details: z.record(z.string(), z.unknown()),
});
export type Action = z.infer<typeof action>;

/** Newest first. */
export const actionsQuery = z.strictObject({
  ...pageQuery,
  from: timestamp.optional(),
  to: timestamp.optional(),
  action: repeated(plainText(100)),
  performedBy: plainText(200).optional(),
  batchId: uuid.optional(),
});
export type ActionsQuery = z.input<typeof actionsQuery>;

export const actionsAnswer = pageOf(action);
export type ActionsAnswer = z.infer<typeof actionsAnswer>;
