import { median } from '../../measuring/statistics.js';
import type { ResultTable, SectionResult } from '../../section.js';
import type { StreamsSample } from './measureStreams.js';

export interface StreamsShape {
  readonly streams: readonly number[];
  readonly batchSizes: readonly number[];
  readonly rounds: number;
}

export function batchSizeText(batchSize: number): string {
  return `${batchSize.toLocaleString('en')} records a batch`;
}

export function streamsResult(samples: readonly StreamsSample[], shape: StreamsShape): SectionResult {
  const { streams, batchSizes } = shape;
  return {
    tables: batchSizes.map((batchSize) => table(samples, batchSize, shape)),
    targets: [],
    plots: [
      {
        kind: 'bars',
        file: 'streams.svg',
        title: 'Delivery by DELIVERY_CONCURRENCY',
        unit: 'records/s',
        logarithmic: false,
        categories: batchSizes.map(batchSizeText),
        series: streams.map((concurrency) => ({
          name: String(concurrency),
          values: batchSizes.map((batchSize) =>
            middle(samples, { concurrency, batchSize }, 'recordsPerSecond'),
          ),
        })),
      },
    ],
    samples,
  };
}

function table(
  samples: readonly StreamsSample[],
  batchSize: number,
  { streams, rounds }: StreamsShape,
): ResultTable {
  return {
    title: `Streams, ${batchSizeText(batchSize)}`,
    note: `Medians of ${String(rounds)} rounds, the settings in turns. CPU is in seconds per million records, of all cores; that of Postgres is the whole server's.`,
    columns: ['DELIVERY_CONCURRENCY', 'records/s', 'worker CPU s', 'Postgres CPU s'],
    rows: streams.map((concurrency) => {
      const of = (figure: Figure): number => middle(samples, { concurrency, batchSize }, figure);
      return [String(concurrency), of('recordsPerSecond'), of('workerCpu'), of('postgresCpu')];
    }),
  };
}

type Figure = 'recordsPerSecond' | 'workerCpu' | 'postgresCpu';

function middle(
  samples: readonly StreamsSample[],
  { concurrency, batchSize }: Pick<StreamsSample, 'concurrency' | 'batchSize'>,
  figure: Figure,
): number {
  return median(
    samples
      .filter((sample) => sample.concurrency === concurrency && sample.batchSize === batchSize)
      .map((sample) => sample[figure]),
  );
}
