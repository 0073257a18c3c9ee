import { createWorker, type GivenOptions } from 'waybill/worker';
import type { Serve } from '../../processes/benchProcess.js';

/** Waybill's worker as users run it, in a process of its own. It takes no orders. */
export const serve: Serve<GivenOptions, never, never> = async (options) => {
  const worker = createWorker(options);
  await worker.start();
  return {
    handle: () => Promise.reject(new Error('The worker takes no orders.')),
    close: () => worker.stop(),
  };
};
