export interface StalledTimes {
  /** How long BullMQ takes a job's worker for alive without a renewal, which comes twice within it; milliseconds. */
  readonly lockMs: number;
  /** Between two looks for jobs whose worker is dead, in milliseconds. */
  readonly lookMs: number;
}

/** What BullMQ has by default. */
const lockMsMax = 30_000;
/** Shorter, one late timer is taken for a death. */
const lockMsMin = 1_000;

/**
 * How soon BullMQ gives the job of a dead worker to another one. It takes the lock to expire and up to two looks, the
 * first of which only notes the job as active. Together that is the lease of the claim at most, for leases of two seconds
 * and more, so that the task is taken over when its claim in Postgres expires and no later.
 */
export function stalledTimes(claimLeaseMs: number): StalledTimes {
  const lockMs = Math.min(Math.max(Math.floor(claimLeaseMs / 2), lockMsMin), lockMsMax);
  return { lockMs, lookMs: Math.floor(lockMs / 2) };
}
