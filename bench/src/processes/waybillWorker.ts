import { createWorker, type DeliveryOptions } from 'waybill/worker';
import type { Serve } from './benchProcess.js';

/** A whole worker in a process of its own: delivers and cleans at its intervals until it is stopped. It takes no orders. */
export const serve: Serve<DeliveryOptions, never, never> = async (options) => {
  const failures: string[] = [];
  const worker = createWorker({
    ...options,
    logger: {
      debug: () => undefined,
      info: () => undefined,
      warn: (fields, message) => failures.push(`${message} ${describe(fields)}`),
      error: (fields, message) => failures.push(`${message} ${describe(fields)}`),
    },
  });
  await worker.start();
  return {
    handle: () => Promise.reject(new Error('A worker takes no orders.')),
    async close() {
      await worker.stop();
      for (const failure of failures) process.stderr.write(`worker: ${failure}\n`);
    },
  };
};

function describe(fields: object): string {
  return JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? value.message : value));
}
