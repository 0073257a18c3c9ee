import type { Serve } from '../processes/benchProcess.js';
import type { Drain, DrainOrder, DrainResult, DrainSetup } from './contender.js';

/** What a contender has opened for a database. */
export interface OpenContender {
  drain(order: Drain): Promise<DrainResult>;
  close(): Promise<void>;
}

export type ServeDrains = Serve<undefined, DrainOrder, DrainResult | undefined>;

/** Serves one database after the other in the same process, so that what was compiled for one is there for the next. */
export function serveDrains(open: (setup: DrainSetup) => Promise<OpenContender>): ServeDrains {
  return () => {
    let contender: OpenContender | undefined;
    const close = async (): Promise<void> => {
      await contender?.close();
      contender = undefined;
    };
    return Promise.resolve({
      async handle(order) {
        if (order.kind === 'drain') return contender?.drain(order);
        await close();
        if (order.kind === 'open') contender = await open(order.setup);
        return undefined;
      },
      close,
    });
  };
}
