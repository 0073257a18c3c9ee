import { once } from 'node:events';

/** Something that was started and can be stopped. */
export interface Running {
  readonly url?: string;
  stop(): Promise<void>;
}

/**
 * The child's side of `startChild`: starts, says that it is ready, and stops on SIGTERM or when the process that
 * started it is gone. Resolves when it has stopped.
 */
export async function runAsChild(start: () => Promise<Running>): Promise<void> {
  const stopRequest = new AbortController();
  const requestStop = (): void => {
    stopRequest.abort();
  };
  process.once('SIGTERM', requestStop);
  process.once('disconnect', requestStop);

  const running = await start();
  process.send?.({ ready: true, url: running.url });
  if (!stopRequest.signal.aborted) await once(stopRequest.signal, 'abort');
  await running.stop();
  if (process.connected) process.disconnect(); // the channel alone would keep the process alive
}
