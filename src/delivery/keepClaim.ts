import type { Logger } from '../observe/logger.js';
import type { Clock } from './clock.js';

export interface ClaimKeeper {
  /** Fires when the claim is lost: another worker has it, or nobody knows because renewing failed too long. */
  readonly lost: AbortSignal;
  /**
   * False when the claim may have passed to another worker by now. Asked before each step that must not come late: a
   * process that was stopped goes on where it was, before any of its timers.
   */
  isHeld(): boolean;
  /** Ends the renewals and waits for one that is under way. */
  stop(): Promise<void>;
}

export interface KeepClaimOptions {
  /** Extends the claim by a lease; false when it is no longer ours. */
  readonly renew: () => Promise<boolean>;
  readonly leaseMs: number;
  /** When the claim was asked for, by the clock: its lease began no sooner. */
  readonly claimedAtMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What is claimed, for the log. */
  readonly fields: object;
}

/**
 * Renews a claim three times a lease while its work is under way. A renewal that fails is tried again at the next
 * turn; when none has succeeded for a whole lease, the claim counts as lost, since another worker may have it by now.
 */
export function keepClaim(options: KeepClaimOptions): ClaimKeeper {
  const { renew, leaseMs, clock, logger, fields } = options;
  const lost = new AbortController();
  let heldUntilMs = options.claimedAtMs + leaseMs;
  let renewal: Promise<void> | undefined;
  let cancelTurn = clock.after(leaseMs / 3, turn);
  let cancelEnd = clock.after(Math.max(0, heldUntilMs - clock.monotonicMs()), judge);

  function turn(): void {
    // One at a time: a renewal that hangs is judged by the clock, not by more of its kind.
    renewal ??= renewOnce().finally(() => (renewal = undefined));
    cancelTurn = clock.after(leaseMs / 3, turn);
  }

  function judge(): void {
    const leftMs = heldUntilMs - clock.monotonicMs();
    if (leftMs > 0) cancelEnd = clock.after(leftMs, judge);
    else lose();
  }

  async function renewOnce(): Promise<void> {
    const beforeMs = clock.monotonicMs();
    try {
      if (await renew()) heldUntilMs = beforeMs + leaseMs;
      else lose();
    } catch (error) {
      logger.warn({ ...fields, err: error }, 'a claim could not be renewed; trying again');
    }
  }

  function cancel(): void {
    cancelTurn();
    cancelEnd();
  }

  function lose(): void {
    cancel();
    lost.abort();
  }

  return {
    lost: lost.signal,
    isHeld() {
      if (clock.monotonicMs() >= heldUntilMs) lose();
      return !lost.signal.aborted;
    },
    async stop() {
      cancel();
      await renewal;
    },
  };
}
