import { z } from 'zod';
import { bigintText, count, durationMs, timestamp, uuid } from './common.js';

export const attemptOutcomes = [
  'delivered',
  'unknown',
  'unavailable',
  'misconfigured',
  'rejected',
  'claim_lost',
] as const;

/** One attempt to send a batch. */
export const attempt = z.object({
  id: bigintText,
  batchId: uuid,
  runId: uuid,
  /** 1 for the batch's first. */
  number: count,
  outcome: z.enum(attemptOutcomes),
  startedAt: timestamp,
  durationMs,
  /** Rows that ClickHouse confirmed. */
  rows: count,
  /** Bytes sent, before compression. */
  bytes: count,
  errorCode: z.string().nullable(),
  /** Whole, as ClickHouse or the network gave it. */
  errorText: z.string().nullable(),
});
export type Attempt = z.infer<typeof attempt>;
