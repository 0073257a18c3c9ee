import type { BenchEngines } from '../../engines.js';
import {
  preciseCpuBetween,
  readPreciseCpu,
  readServerPids,
  type PreciseCpu,
} from '../../measuring/preciseCpu.js';
import { startBenchProcess } from '../../processes/benchProcess.js';
import type { DeliveryOrder, DeliveryResult } from '../../processes/waybillDelivery.js';
import type { WaybillOutbox } from '../../waybillOutbox.js';

export interface StreamsSetting {
  /** DELIVERY_CONCURRENCY. */
  readonly concurrency: number;
  readonly batchSize: number;
}

export interface StreamsSample extends StreamsSetting {
  readonly recordsPerSecond: number;
  /** CPU seconds for a million records. */
  readonly workerCpu: number;
  readonly postgresCpu: number;
}

/** Delivers all that waits, in a fresh process, and measures it from after its first batches. */
export async function measureStreams(
  outbox: WaybillOutbox,
  { concurrency, batchSize }: StreamsSetting,
  engines: BenchEngines,
): Promise<StreamsSample> {
  const worker = await startBenchProcess<DeliveryOrder, DeliveryResult>(
    new URL('../../processes/waybillDelivery.js', import.meta.url),
    { ...outbox.options, logEventsPartitionQuantity: batchSize, deliveryConcurrency: concurrency },
  );
  try {
    await worker.ask({ batches: 1 }); // opens the connections and reads the catalogues
    const readServer = async (): Promise<PreciseCpu> =>
      readPreciseCpu(await readServerPids(outbox.pool, engines.postgres.pid));
    const before = { worker: readPreciseCpu([worker.pid]), postgres: await readServer() };
    const { events, seconds } = await worker.ask({ batches: Number.MAX_SAFE_INTEGER });
    const after = { worker: readPreciseCpu([worker.pid]), postgres: await readServer() };
    return {
      concurrency,
      batchSize,
      recordsPerSecond: events / seconds,
      workerCpu: (preciseCpuBetween(before.worker, after.worker) / events) * 1e6,
      postgresCpu: (preciseCpuBetween(before.postgres, after.postgres) / events) * 1e6,
    };
  } finally {
    await worker.stop();
  }
}
