import { readCaptureSeries } from '../../outbox/readCaptureSeries.js';
import { readDeliverySeries } from '../../outbox/readDeliverySeries.js';
import { readRecordCounts } from '../../outbox/readRecordCounts.js';
import { askOutbox } from '../context.js';
import type { Handler } from '../handler.js';
import { ProblemError } from '../problemError.js';
import { seriesBucketsMax, type SeriesAnswer } from '../schema/overview.js';
import { beginOfBucket, coverWithBuckets, type TimeBuckets } from '../timeBuckets.js';

const hourMs = 3_600_000;
const rangeMsMax = 90 * 24 * hourMs;

export const readSeries: Handler<'readSeries'> = ({ query, context }) => {
  const toMs = query.to === undefined ? Date.now() : Date.parse(query.to);
  const fromMs = query.from === undefined ? toMs - hourMs : Date.parse(query.from);
  if (fromMs >= toMs || toMs - fromMs > rangeMsMax) {
    throw new ProblemError('INVALID_REQUEST', {
      detail: 'The range of time must begin before it ends and be 90 days long at most.',
      errors: [{ in: 'query', path: 'from', message: 'not before to, or more than 90 days' }],
    });
  }
  // One bucket fewer: the ends of the range may lie within one.
  const cover = coverWithBuckets(fromMs, toMs, seriesBucketsMax - 1);
  const key = [cover.widthMs, cover.first, cover.count].join(' ');
  return context.shared.series.get(key, async () => {
    const buckets = {
      begin: beginOfBucket(cover, cover.first),
      widthMs: cover.widthMs,
      count: cover.count,
    };
    const { captured, delivered, counts } = await askOutbox(context, async (outbox) => ({
      captured: await readCaptureSeries(outbox, buckets),
      delivered: await readDeliverySeries(outbox, buckets),
      counts: await readRecordCounts(outbox),
    }));
    const series = emptySeries(cover, fromMs, toMs);
    for (const { bucket, events } of captured) add(series, bucket, { captured: events });
    for (const { bucket, events, delayMedianMs, delayMaxMs } of delivered)
      add(series, bucket, { delivered: events, delayMedianMs, delayMaxMs });
    // The oldest undelivered event may be one of a batch; then those that wait are spread over too long a time, and the
    // plot is no worse for it than by what it does not know of them.
    if (counts.unsealed > 0 && counts.oldestUndeliveredAt !== null)
      spread(series, cover, Date.parse(counts.oldestUndeliveredAt), Date.parse(counts.now), counts.unsealed);
    return series;
  });
};

function emptySeries(cover: TimeBuckets, fromMs: number, toMs: number): SeriesAnswer {
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    bucketMs: cover.widthMs,
    buckets: Array.from({ length: cover.count }, (_, index) => ({
      at: beginOfBucket(cover, cover.first + index),
      captured: 0,
      delivered: 0,
      delayMedianMs: null,
      delayMaxMs: null,
    })),
  };
}

type Figures = Partial<Omit<SeriesAnswer['buckets'][number], 'at'>>;

function add({ buckets }: SeriesAnswer, index: number, { captured = 0, ...figures }: Figures): void {
  const bucket = buckets[index];
  if (bucket === undefined) return;
  bucket.captured += captured;
  Object.assign(bucket, figures);
}

/** Spreads events evenly over the buckets of a time. */
function spread(
  series: SeriesAnswer,
  cover: TimeBuckets,
  beginMs: number,
  endMs: number,
  events: number,
): void {
  const lengthMs = Math.max(1, endMs - beginMs);
  series.buckets.forEach((bucket, index) => {
    const bucketMs = (cover.first + index) * cover.widthMs;
    const sharedMs =
      Math.min(Math.max(endMs, beginMs + 1), bucketMs + cover.widthMs) - Math.max(beginMs, bucketMs);
    if (sharedMs > 0) bucket.captured += (events * sharedMs) / lengthMs;
  });
}
