import type { Logger } from '../observe/logger.js';

export interface ClaimKeeper {
  /** Fires when the claim is lost: another worker has it, or nobody knows because renewing failed too long. */
  readonly lost: AbortSignal;
  /** Ends the renewals and waits for one that is under way. */
  stop(): Promise<void>;
}

export interface KeepClaimOptions {
  /** Extends the claim by a lease; false when it is no longer ours. */
  readonly renew: () => Promise<boolean>;
  readonly leaseMs: number;
  readonly logger: Logger;
  /** What is claimed, for the log. */
  readonly fields: object;
}

/**
 * Renews a claim three times a lease while its work is under way. A renewal that fails is tried again at the next
 * turn; when none has succeeded for a whole lease, the claim counts as lost, since another worker may have it by now.
 */
export function keepClaim({ renew, leaseMs, logger, fields }: KeepClaimOptions): ClaimKeeper {
  const lost = new AbortController();
  let heldUntil = performance.now() + leaseMs;
  let renewal: Promise<void> | undefined;

  const timer = setInterval(() => {
    // One at a time: a renewal that hangs is judged by the clock below, not by more of its kind.
    renewal ??= renewOnce().finally(() => (renewal = undefined));
    if (performance.now() >= heldUntil) lose();
  }, leaseMs / 3);

  async function renewOnce(): Promise<void> {
    const before = performance.now();
    try {
      if (await renew()) heldUntil = before + leaseMs;
      else lose();
    } catch (error) {
      logger.warn({ ...fields, err: error }, 'a claim could not be renewed; trying again');
    }
  }

  function lose(): void {
    clearInterval(timer);
    lost.abort();
  }

  return {
    lost: lost.signal,
    async stop() {
      clearInterval(timer);
      await renewal;
    },
  };
}
