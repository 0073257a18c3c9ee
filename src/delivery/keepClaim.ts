import type { ClaimedBatch } from '../outbox/claimBatch.js';
import type { Outbox } from '../outbox/database.js';
import { renewClaim } from '../outbox/renewClaim.js';
import type { Logger } from '../observe/logger.js';

export interface ClaimKeeper {
  /** Fires when the claim is lost: another worker has the batch, or nobody knows because renewing failed too long. */
  readonly lost: AbortSignal;
  /** Ends the renewals and waits for one that is under way. */
  stop(): Promise<void>;
}

/**
 * Renews a claim three times a lease while its batch is being sent. A renewal that fails is tried again at the next
 * turn; when none has succeeded for a whole lease, the claim counts as lost, since another worker may have it by now.
 */
export function keepClaim(outbox: Outbox, batch: ClaimedBatch, leaseMs: number, logger: Logger): ClaimKeeper {
  const lost = new AbortController();
  let heldUntil = performance.now() + leaseMs;
  let renewal = Promise.resolve();

  const timer = setInterval(() => {
    const before = performance.now();
    renewal = renewClaim(outbox, batch, leaseMs).then(
      (held) => {
        if (held) heldUntil = before + leaseMs;
        else lose();
      },
      (error: unknown) => {
        logger.warn(
          { batchId: batch.id, err: error },
          'the claim of a batch could not be renewed; trying again',
        );
        if (performance.now() >= heldUntil) lose();
      },
    );
  }, leaseMs / 3);

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
