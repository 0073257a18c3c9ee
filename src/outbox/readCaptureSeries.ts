import type { Outbox } from './database.js';
import { findSeqAt } from './findSeqAt.js';
import type { Buckets } from './readDeliverySeries.js';

export interface CaptureBucket {
  readonly bucket: number;
  /** Not whole: the events of a batch are spread over the time in which they were captured. */
  readonly events: number;
}

/**
 * What was captured over time, by bucket, as the batches tell; events that no batch owns yet are not among it. Those of a
 * batch were captured between its oldest one and the oldest of the next batch, or its sealing where that came first.
 *
 * Only batches that were sealed from events count, not those that have replaced others. A batch is sealed after its events
 * were captured, so all that matter were sealed in or after the time asked for.
 */
export async function readCaptureSeries(outbox: Outbox, buckets: Buckets): Promise<CaptureBucket[]> {
  const firstSeq = await findSeqAt(outbox, buckets.begin, 'begin');
  const { rows } = await outbox.query<CaptureBucket>(
    `WITH captured AS (
       SELECT oldest_captured_at AS first_at,
              greatest(oldest_captured_at, least(sealed_at, lead(oldest_captured_at) OVER (ORDER BY seq))) AS last_at,
              event_count
       FROM ${outbox.schema}.batch
       WHERE seq >= $4::bigint AND parent_id IS NULL
     ),
     placed AS (
       SELECT extract(epoch FROM first_at - $1::timestamptz)::double precision * 1000 / $2::double precision AS first,
              extract(epoch FROM last_at - $1::timestamptz)::double precision * 1000 / $2::double precision AS last,
              event_count
       FROM captured
       WHERE last_at >= $1::timestamptz
         AND first_at < $1::timestamptz + $2::double precision * $3::integer * interval '1 millisecond'
     )
     SELECT bucket,
            sum(event_count * CASE
              WHEN last = first THEN 1
              ELSE (least(last, bucket + 1) - greatest(first, bucket)) / (last - first)
            END) AS events
     FROM placed
     CROSS JOIN LATERAL generate_series(greatest(0, floor(first)::integer), least($3::integer - 1, floor(last)::integer)) AS bucket
     GROUP BY bucket
     ORDER BY bucket`,
    [buckets.begin, buckets.widthMs, buckets.count, firstSeq],
  );
  return rows;
}
