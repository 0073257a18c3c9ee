import { z } from 'zod';
import { count, durationMs, timestamp } from './common.js';
import { pageLink } from './pages.js';
import { run } from './runs.js';
import { task } from './tasks.js';

/** Something that is wrong, in one sentence, with a link to where it is mended. */
export const trouble = z.object({
  /** That of the doctor's finding, or POSTGRES_UNREACHABLE, CLICKHOUSE_UNREACHABLE and the like. */
  code: z.string(),
  severity: z.enum(['fatal', 'warning', 'note']),
  text: z.string(),
  link: pageLink,
});
export type Trouble = z.infer<typeof trouble>;

const database = z.object({
  reachable: z.boolean(),
  /** What it said when it could not be asked. */
  error: z.string().nullable(),
});

export const overview = z.object({
  /** The clock of Postgres; that of this server while Postgres cannot be asked. */
  now: timestamp,
  /** Null while Postgres cannot be asked; so are tasks and lastRuns. */
  records: z
    .object({
      /** Committed and not delivered, whether in a batch or not. */
      awaiting: count,
      /** `awaiting` is at least so many: counting stopped at a million that no batch owns yet. */
      awaitingIsLowerBound: z.boolean(),
      sending: count,
      /** In the 24 hours before `now`. */
      deliveredLastDay: count,
      quarantined: count,
      /** When the oldest undelivered record was captured; quarantined ones are counted apart. */
      oldestUndeliveredAt: timestamp.nullable(),
      oldestUndeliveredAgeMs: durationMs.nullable(),
      oldestQuarantinedAt: timestamp.nullable(),
    })
    .nullable(),
  tasks: z.array(task).nullable(),
  /** The latest runs, newest first, five at most. */
  lastRuns: z.array(run).nullable(),
  databases: z.object({ postgres: database, clickhouse: database }),
  /** The gravest first. Empty: all is well. */
  troubles: z.array(trouble),
});
export type Overview = z.infer<typeof overview>;

/** Ends now and is an hour long when not given. 90 days at most. */
export const seriesQuery = z.strictObject({ from: timestamp.optional(), to: timestamp.optional() });
export type SeriesQuery = z.input<typeof seriesQuery>;

export const seriesBucketsMax = 300;

export const seriesBucket = z.object({
  /** Its begin. */
  at: timestamp,
  /**
   * Events captured in it. Known by batch: those of a batch are spread over the time in which they were captured. Events
   * that no batch owns yet are spread from the oldest of them until now.
   */
  captured: z.number().nonnegative(),
  /** Events delivered in it. */
  delivered: count,
  /** From the capture of a batch's oldest event to its confirmation, over the batches delivered in it; null without any. */
  delayMedianMs: durationMs.nullable(),
  delayMaxMs: durationMs.nullable(),
});

/** Asks Postgres only, so it answers while ClickHouse does not. */
export const seriesAnswer = z.object({
  from: timestamp,
  to: timestamp,
  /** Width of a bucket. Divide by it for events a minute. */
  bucketMs: durationMs,
  /** One after the other, without a gap; the last one may reach beyond `to`. */
  buckets: z.array(seriesBucket),
});
export type SeriesAnswer = z.infer<typeof seriesAnswer>;
