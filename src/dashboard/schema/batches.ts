import { z } from 'zod';
import { action } from './actions.js';
import { attempt, attemptOutcomes } from './attempt.js';
import {
  bigintText,
  count,
  durationMs,
  flag,
  pageOf,
  pageQuery,
  plainText,
  reason,
  repeated,
  timestamp,
  uuid,
} from './common.js';
import { eventItem, notice } from './events.js';

export const batchStatuses = [
  'AWAITING_DELIVERY',
  'SENDING',
  'DELIVERED',
  'QUARANTINED',
  'REPLACED',
  'DROPPED',
] as const;
export const batchStatus = z.enum(batchStatuses);
export type BatchStatus = z.infer<typeof batchStatus>;

export const batch = z.object({
  id: uuid,
  /** In the order of sealing. */
  seq: bigintText,
  status: batchStatus,
  eventCount: count,
  attemptCount: count,
  sealedAt: timestamp,
  /** While it awaits delivery: nobody sends it before; null when it is due. */
  notBefore: timestamp.nullable(),
  deliveredAt: timestamp.nullable(),
  /** When it was replaced or dropped. */
  closedAt: timestamp.nullable(),
  /** When the last of its events left the outbox. */
  cleanedAt: timestamp.nullable(),
  /** The worker that sends it. */
  claimedBy: z.string().nullable(),
  claimExpiresAt: timestamp.nullable(),
  firstEventTime: timestamp,
  lastEventTime: timestamp,
  oldestCapturedAt: timestamp,
  /** From the capture of its oldest event to its confirmation. */
  delayMs: durationMs.nullable(),
  lastErrorCode: z.string().nullable(),
  /** In lists its first 300 characters, in the answer for one batch whole. */
  lastError: z.string().nullable(),
  parentId: uuid.nullable(),
});
export type Batch = z.infer<typeof batch>;

/** `newest` and `oldest`: by sealing. `attempts` and `events`: the most first, among the newest 100,000 that match. */
export const batchSort = z.enum(['newest', 'oldest', 'attempts', 'events']);

export const batchesQuery = z.strictObject({
  ...pageQuery,
  status: repeated(batchStatus),
  /** Sealed at or after, and before. */
  from: timestamp.optional(),
  to: timestamp.optional(),
  /** Only those that an attempt has failed for; they may have been delivered since. */
  failed: flag.optional(),
  /** The code of the last error, such as `252 TOO_MANY_PARTS`, or its number or its name alone. */
  errorCode: plainText(100).optional(),
  sort: batchSort.default('newest'),
});
export type BatchesQuery = z.input<typeof batchesQuery>;

export const batchesAnswer = pageOf(batch);
export type BatchesAnswer = z.infer<typeof batchesAnswer>;

export const batchParams = z.object({ id: uuid });

export const relatedMax = 200;

export const batchAnswer = z.object({
  batch,
  /** The column whose value ClickHouse refused, where it said which. */
  refusedColumn: z.string().nullable(),
  /** What ClickHouse holds of its parent is deleted before it is sent. */
  purgesParent: z.boolean(),
  /** The newest 200. */
  attempts: z.array(attempt),
  attemptsAreAll: z.boolean(),
  /** How many of the attempts shown ended in which outcome. */
  outcomes: z.partialRecord(z.enum(attemptOutcomes), count),
  /** Null when it has none, or when its record is older than the retention. */
  parent: batch.nullable(),
  /** Those that have replaced it; the first 200. */
  children: z.array(batch),
  childrenAreAll: z.boolean(),
  /** What people did to it, newest first; 200 at most. */
  actions: z.array(action),
  /** It awaits delivery and is not due: retry makes it so. */
  canRetry: z.boolean(),
});
export type BatchAnswer = z.infer<typeof batchAnswer>;

export const batchEventsQuery = z.strictObject({ ...pageQuery });
export type BatchEventsQuery = z.input<typeof batchEventsQuery>;

export const batchEventsAnswer = z.object({
  ...pageOf(eventItem).shape,
  /** Where they were read: the outbox, or ClickHouse once the outbox is cleaned. */
  source: z.enum(['outbox', 'clickhouse']),
  notices: z.array(notice),
});
export type BatchEventsAnswer = z.infer<typeof batchEventsAnswer>;

export const retryBatchBody = z.strictObject({ reason: reason.optional() });
export type RetryBatchBody = z.infer<typeof retryBatchBody>;

export const retryBatchAnswer = z.object({
  /**
   * - `due`: it was waiting, and is due now
   * - `already_due`: it was due; a run was asked for
   * - `not_awaiting`: it does not await delivery; nothing was changed, `batch` says what became of it
   */
  outcome: z.enum(['due', 'already_due', 'not_awaiting']),
  /** A run of `process_events` was asked for. False when no worker has ever started, or nothing was changed. */
  runRequested: z.boolean(),
  batch,
});
export type RetryBatchAnswer = z.infer<typeof retryBatchAnswer>;
