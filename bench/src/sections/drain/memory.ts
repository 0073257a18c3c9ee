import { waybill } from '../../contenders/waybill.js';
import type { BenchContext } from '../../section.js';
import type { DrainMeter } from './measureDrain.js';
import type { MemoryPlan } from './plan.js';

/** The most memory that Waybill's process held in one round, in megabytes. */
export interface MemorySample {
  readonly round: number;
  readonly smallBatchMegabytes: number;
  readonly largeBatchMegabytes: number;
}

/** Whether memory grows with the batch: each drain in a fresh process, the two sizes in turn. */
export async function measureMemory(
  { say }: Pick<BenchContext, 'say'>,
  meter: DrainMeter,
  { rounds, rows, batchSizes, limitMs }: MemoryPlan,
): Promise<MemorySample[]> {
  const samples: MemorySample[] = [];
  const [small, large] = batchSizes;
  const measure = async (batchSize: number): Promise<number> => {
    await meter.stopProcess(waybill, batchSize);
    const sample = await meter.measure(waybill, { batchSize, rows, limitMs });
    if (sample.peakMegabytes === null || sample.rows !== rows)
      throw new Error(
        `Waybill has delivered ${String(sample.rows)} of ${String(rows)} records within ${String(limitMs)} ms.`,
      );
    say(
      `memory at ${batchSize.toLocaleString('en')} a batch: ${String(Math.round(sample.peakMegabytes))} MB`,
    );
    return sample.peakMegabytes;
  };
  for (let round = 1; round <= rounds; round += 1) {
    const smallBatchMegabytes = await measure(small);
    samples.push({ round, smallBatchMegabytes, largeBatchMegabytes: await measure(large) });
  }
  return samples;
}
