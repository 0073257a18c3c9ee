import { z } from 'zod';
import { count, durationMs, flag, pageOf, pageQuery, repeated, timestamp, uuid } from './common.js';
import { attempt } from './attempt.js';

export const runEnds = [
  'drained',
  'ttl_over',
  'stopped',
  'retries_exhausted',
  'too_many_rejected',
  'misconfigured',
  'failed',
] as const;

/** One run of `process_events`. */
export const run = z.object({
  id: uuid,
  worker: z.string(),
  startedAt: timestamp,
  /** Null while it goes on, and for ever when its worker died. */
  finishedAt: timestamp.nullable(),
  /** One of `runEnds`; text, because an older version may have written another. */
  endedBecause: z.string().nullable(),
  durationMs: durationMs.nullable(),
  batchesSealed: count,
  batchesDelivered: count,
  batchesSplit: count,
  attemptsSucceeded: count,
  attemptsFailed: count,
  claimsLost: count,
  eventsDelivered: count,
  eventsQuarantined: count,
  /** Of delivered batches as sent, before compression. */
  bytesDelivered: count,
  errorCode: z.string().nullable(),
  errorText: z.string().nullable(),
});
export type Run = z.infer<typeof run>;

/** Newest first. */
export const runsQuery = z.strictObject({
  ...pageQuery,
  /** Started at or after, and before. */
  from: timestamp.optional(),
  to: timestamp.optional(),
  endedBecause: repeated(z.enum(runEnds)),
  /** Only runs that did something: delivered, failed, or ended for an error. */
  busy: flag.optional(),
});
export type RunsQuery = z.input<typeof runsQuery>;

export const runsAnswer = pageOf(run);
export type RunsAnswer = z.infer<typeof runsAnswer>;

export const runParams = z.object({ id: uuid });

export const runAttemptsMax = 500;

export const runAnswer = z.object({
  run,
  /** What it sent, newest first; 500 at most. */
  attempts: z.array(attempt),
  attemptsAreAll: z.boolean(),
});
export type RunAnswer = z.infer<typeof runAnswer>;
