import type { ChildMessage, ParentMessage, Serve } from './benchProcess.js';

/** Runs in a process of its own: serves the orders that come from the benchmark. Ends with it. */
let served: Awaited<ReturnType<Serve<unknown, unknown, unknown>>> | undefined;

async function answer(message: ParentMessage): Promise<ChildMessage | undefined> {
  switch (message.kind) {
    case 'setup': {
      const { serve } = (await import(message.module)) as { serve: Serve<unknown, unknown, unknown> };
      served = await serve(message.setup);
      return { kind: 'ready' };
    }
    case 'order':
      return { kind: 'result', result: await served?.handle(message.order) };
    case 'close':
      await served?.close();
      process.disconnect();
      return undefined;
  }
}

process.on('message', (message: ParentMessage) => {
  answer(message).then(
    (reply) => {
      if (reply !== undefined) process.send?.(reply);
    },
    (error: unknown) => {
      process.send?.({
        kind: 'failed',
        text: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    },
  );
});
process.once('disconnect', () => {
  process.exit();
});
