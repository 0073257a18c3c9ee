import type { Outbox } from './database.js';

/** A stretch of time cut into buckets of the same width. */
export interface Buckets {
  /** ISO 8601: where bucket 0 begins. */
  readonly begin: string;
  readonly widthMs: number;
  readonly count: number;
}

export interface DeliveryBucket {
  readonly bucket: number;
  readonly events: number;
  /** From the capture of a batch's oldest event to its confirmation, over the batches delivered in the bucket. */
  readonly delayMedianMs: number;
  readonly delayMaxMs: number;
}

/** What was delivered over time, by bucket; those in which nothing was are missing. */
export async function readDeliverySeries(outbox: Outbox, buckets: Buckets): Promise<DeliveryBucket[]> {
  const { rows } = await outbox.query<DeliveryBucket>(
    `WITH delivered AS (
       SELECT floor(extract(epoch FROM delivered_at - $1::timestamptz) * 1000 / $2::double precision)::integer AS bucket,
              event_count,
              greatest(0, extract(epoch FROM delivered_at - oldest_captured_at) * 1000)::double precision AS delay_ms
       FROM ${outbox.schema}.batch
       WHERE status = 'DELIVERED'
         AND delivered_at >= $1::timestamptz
         AND delivered_at < $1::timestamptz + $2::double precision * $3::integer * interval '1 millisecond'
     )
     SELECT bucket, sum(event_count)::double precision AS events,
            percentile_disc(0.5) WITHIN GROUP (ORDER BY delay_ms) AS "delayMedianMs", max(delay_ms) AS "delayMaxMs"
     FROM delivered
     GROUP BY bucket
     ORDER BY bucket`,
    [buckets.begin, buckets.widthMs, buckets.count],
  );
  return rows;
}
