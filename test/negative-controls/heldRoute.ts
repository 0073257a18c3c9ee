import { pipeline } from 'node:stream/promises';
import { forward, startFront } from './front.js';

/** A request that got stuck on its way, whole: its sender waits, and the server has seen none of it. */
export interface HeldRequest {
  /** Resolves when the request is there. */
  readonly reached: Promise<void>;
  /** Lets it go on to the server. */
  release(): void;
}

/**
 * A way to ClickHouse on which a request can get stuck before the server sees it, as one of a process that is stopped in
 * mid-step, or of a network that is. What holds up the body of a running insert is the proxy of test/support.
 */
export interface HeldRoute {
  readonly url: string;
  /** Holds the next request that has this in its query or its body. */
  holdNext(pattern: RegExp): HeldRequest;
  close(): Promise<void>;
}

interface Hold {
  readonly pattern: RegExp;
  readonly reach: () => void;
  readonly released: Promise<void>;
}

export async function startHeldRoute(targetUrl: string): Promise<HeldRoute> {
  const holds: Hold[] = [];
  const front = await startFront(async (taken, response) => {
    const at = holds.findIndex(({ pattern }) => pattern.test(taken.query + taken.body.toString('latin1')));
    const [hold] = at < 0 ? [] : holds.splice(at, 1);
    hold?.reach();
    await hold?.released;
    const answer = await forward(targetUrl, taken);
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    await pipeline(answer, response);
  });
  return {
    ...front,
    holdNext(pattern) {
      const reached = settledFromOutside();
      const released = settledFromOutside();
      holds.push({ pattern, reach: reached.settle, released: released.promise });
      return { reached: reached.promise, release: released.settle };
    },
  };
}

function settledFromOutside(): { readonly promise: Promise<void>; readonly settle: () => void } {
  let settle = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, settle };
}
