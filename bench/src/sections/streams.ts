import { batchSizeText, streamsResult } from './streams/result.js';
import { measureStreams, type StreamsSample } from './streams/measureStreams.js';
import type { BenchContext, Section, SectionResult } from '../section.js';
import { fillOutbox } from '../fillOutbox.js';
import { withWaybillOutbox } from '../waybillOutbox.js';

export interface StreamsSizes {
  readonly streams: readonly number[];
  readonly batchSizes: readonly number[];
  /** Records that each run delivers: so many, but not more and not fewer than so many batches. */
  readonly records: number;
  readonly batchesMax: number;
  readonly batchesMin: number;
  readonly rounds: number;
}

const fullSizes: StreamsSizes = {
  streams: [1, 2, 3, 4],
  batchSizes: [1_000, 10_000, 100_000],
  records: 400_000,
  batchesMax: 200,
  batchesMin: 12, // of which the first ones, one a stream, are not measured
  rounds: 5,
};
const quickSizes: StreamsSizes = {
  streams: [1, 2, 4],
  batchSizes: [10_000],
  records: 100_000,
  batchesMax: 20,
  batchesMin: 12,
  rounds: 1,
};

/** DELIVERY_CONCURRENCY: what its default was chosen by. */
export const streams: Section = {
  name: 'streams',
  title: 'delivery with one stream, two and more',
  fullOnly: true,
  run: runStreams,
};

async function runStreams(context: BenchContext): Promise<SectionResult> {
  const sizes = context.quick ? quickSizes : fullSizes;
  const samples: StreamsSample[] = [];
  for (const batchSize of sizes.batchSizes)
    await withWaybillOutbox(context.engines, `streams_${String(batchSize)}`, async (outbox) => {
      const records = Math.min(
        Math.max(sizes.records, batchSize * sizes.batchesMin),
        batchSize * sizes.batchesMax,
      );
      for (let round = 1; round <= sizes.rounds; round += 1) {
        context.say(`${batchSizeText(batchSize)}: round ${String(round)} of ${String(sizes.rounds)}`);
        // Each round begins with another, so that none always follows the same one.
        const first = round % sizes.streams.length;
        for (const concurrency of [...sizes.streams.slice(first), ...sizes.streams.slice(0, first)]) {
          await fillOutbox(outbox, records);
          samples.push(await measureStreams(outbox, { concurrency, batchSize }, context.engines));
        }
      }
    });
  return streamsResult(samples, sizes);
}
