import type { ClaimedBatch, ClaimRequest } from '../../src/outbox/claimBatch.js';
import type { Release } from '../../src/outbox/releaseBatch.js';
import type { Replacement } from '../../src/outbox/replaceBatch.js';
import type { TakeRequest, TakeResult } from '../../src/outbox/takeBatch.js';
import type { Alterations } from './alterations.js';
import { historyBeginsAt } from './workerProcess.js';

/** A row of table `event`. */
export interface EventRow {
  /** Drawn before the commit, so ids become visible out of order. */
  readonly id: number;
  /** ClickHouse stores each month of a batch as a block of its own. */
  readonly month: number;
  /** ClickHouse refuses it, for as long as its table is not mended. */
  readonly bad: boolean;
  readonly capturedAtMs: number;
  state: 'open' | 'committed' | 'rolled back';
  cleaned: boolean;
}

/** A row of table `batch`. */
export interface BatchRow {
  readonly id: string;
  readonly seq: number;
  /** In id order. */
  readonly events: readonly EventRow[];
  readonly parentId: string | undefined;
  readonly purgeParent: boolean;
  status: 'AWAITING_DELIVERY' | 'SENDING' | 'DELIVERED' | 'QUARANTINED' | 'REPLACED';
  claimEpoch: number;
  claimExpiresAtMs: number;
  notBeforeMs: number;
  attemptCount: number;
}

/** Nothing in the stand-ins depends on the times of events. */
const eventTimes = {
  firstEventTime: new Date(historyBeginsAt),
  lastEventTime: new Date(historyBeginsAt),
};

/** Told of each change of what the outbox promises, at the moment it takes effect. */
export interface PostgresObserver {
  sealed(batch: BatchRow): void;
  closed(batch: BatchRow): void;
  attempted(outcome: string): void;
  /** An insert of a batch leaves its worker, whose claim stands, or does not. */
  sent(batch: BatchRow, isHeld: boolean): void;
}

/**
 * The outbox as the statements of src/outbox see it. Each method is one statement, which takes effect at once: the
 * waiting, and what can go wrong on the way, is the business of whoever calls.
 */
export class PostgresStandIn {
  readonly events: EventRow[] = [];
  readonly batches = new Map<string, BatchRow>();
  observer: PostgresObserver | undefined;
  isDown = false;
  readonly #owned = new Set<EventRow>();
  readonly #nowMs: () => number;
  readonly #alterations: Alterations;

  constructor(nowMs: () => number, alterations: Alterations) {
    this.#nowMs = nowMs;
    this.#alterations = alterations;
  }

  batch(id: string): BatchRow {
    const batch = this.batches.get(id);
    if (batch === undefined) throw new Error(`There is no batch ${id}.`);
    return batch;
  }

  /** Committed events that no batch owns, in id order. */
  waiting(): EventRow[] {
    return this.events.filter((event) => event.state === 'committed' && !this.#owned.has(event));
  }

  /** As sql/postgres/0005_take_batch.sql. @param lockedBatches as for `claimBatch` */
  takeBatch(take: TakeRequest, lockedBatches: number): TakeResult {
    const { claimedBy, leaseMs, attemptsMax } = take;
    const due = this.claimBatch({ claimedBy, leaseMs, attemptsMax }, lockedBatches);
    if (due !== undefined) return { batch: due, sealed: false };
    const sealed = this.#sealBatch(take.quantity, take.partial);
    if (!(sealed instanceof Date) && sealed !== undefined) {
      this.observer?.sealed(sealed);
      return { batch: this.#claim(sealed, leaseMs), sealed: true };
    }
    return { batch: undefined, oldestWaitingAt: sealed };
  }

  /**
   * As sql/postgres/0002_seal_batch.sql: whatever is visible and not sealed yet, in id order. Where that is not enough,
   * the time at which the oldest of it was captured.
   */
  #sealBatch(quantity: number, partial: boolean): BatchRow | Date | undefined {
    const events = this.waiting().slice(0, quantity);
    const [oldest] = events;
    if (oldest === undefined) return undefined;
    if (events.length < quantity && !partial) return new Date(historyBeginsAt + oldest.capturedAtMs);
    return this.#insertBatch(events, undefined, false);
  }

  /** As outbox/claimBatch.ts. @param lockedBatches so many of the oldest are locked by others just now: SKIP LOCKED */
  claimBatch(claim: ClaimRequest, lockedBatches: number): ClaimedBatch | undefined {
    let toSkip = lockedBatches;
    const batches = [...this.batches.values()];
    if (claim.attemptsMax === undefined) batches.sort((one, other) => one.attemptCount - other.attemptCount);
    for (const batch of batches) {
      if (!this.#isDue(batch)) continue;
      if (claim.batchId !== undefined && batch.id !== claim.batchId) continue;
      if (claim.attemptsMax !== undefined && batch.attemptCount >= claim.attemptsMax) continue;
      toSkip -= 1;
      if (toSkip >= 0) continue;
      return this.#claim(batch, claim.leaseMs);
    }
    return undefined;
  }

  renewClaim(claimed: Pick<ClaimedBatch, 'id' | 'epoch'>, leaseMs: number): boolean {
    const batch = this.#ours(claimed);
    if (batch === undefined) return false;
    batch.claimExpiresAtMs = this.#nowMs() + leaseMs;
    return true;
  }

  /** The events of a batch that are still there: COPY's snapshot. */
  readBatch(id: string): readonly EventRow[] {
    return this.batch(id).events.filter((event) => !event.cleaned);
  }

  markDelivered(claimed: ClaimedBatch): boolean {
    return this.#close(claimed, 'DELIVERED', 'delivered');
  }

  quarantineBatch(claimed: ClaimedBatch): boolean {
    return this.#close(claimed, 'QUARANTINED', 'rejected');
  }

  releaseBatch(claimed: ClaimedBatch, { outcome, notBeforeMs }: Release): boolean {
    const batch = this.#ours(claimed);
    this.observer?.attempted(batch === undefined ? 'claim_lost' : outcome);
    if (batch === undefined) return false;
    batch.status = 'AWAITING_DELIVERY';
    batch.notBeforeMs = this.#nowMs() + notBeforeMs;
    return true;
  }

  replaceBatch(claimed: ClaimedBatch, replacement: Replacement): readonly string[] | undefined {
    const parent = this.#ours(claimed);
    this.observer?.attempted(parent === undefined ? 'claim_lost' : replacement.outcome);
    if (parent === undefined) return undefined;
    parent.status = 'REPLACED';
    const begins = [1, ...replacement.cuts];
    const purge = replacement.purge && this.#alterations.purgeForgotten !== true;
    const children = begins.map((begin, piece) => {
      const events = parent.events.slice(begin - 1, (begins[piece + 1] ?? Infinity) - 1);
      return this.#insertBatch(events, parent.id, purge);
    });
    this.observer?.closed(parent);
    return children.map((child) => child.id);
  }

  /** As outbox/deleteDeliveredEvents.ts, as far as it matters here: only events of delivered batches go. */
  cleanEvents(): number {
    let cleaned = 0;
    for (const batch of this.batches.values()) {
      const early = this.#alterations.cleanedTooEarly === true && batch.status === 'AWAITING_DELIVERY';
      if (batch.status !== 'DELIVERED' && !early) continue;
      for (const event of batch.events) {
        if (event.cleaned) continue;
        event.cleaned = true;
        cleaned += 1;
      }
    }
    return cleaned;
  }

  /** A person releases what is in quarantine. */
  releaseQuarantined(): number {
    const quarantined = [...this.batches.values()].filter(({ status }) => status === 'QUARANTINED');
    for (const batch of quarantined) batch.status = 'AWAITING_DELIVERY';
    return quarantined.length;
  }

  #isDue(batch: BatchRow): boolean {
    if (batch.status === 'AWAITING_DELIVERY') return batch.notBeforeMs <= this.#nowMs();
    if (batch.status !== 'SENDING' || this.#alterations.claimsNeverExpire === true) return false;
    return batch.claimExpiresAtMs <= this.#nowMs();
  }

  /** The batch, while the claim stands: WHERE id = $1 AND claim_epoch = $2 AND status = 'SENDING'. */
  #ours(claimed: Pick<ClaimedBatch, 'id' | 'epoch'>): BatchRow | undefined {
    const batch = this.batch(claimed.id);
    if (this.#alterations.fenceIgnored === true) return batch;
    return batch.claimEpoch === claimed.epoch && batch.status === 'SENDING' ? batch : undefined;
  }

  #close(claimed: ClaimedBatch, status: 'DELIVERED' | 'QUARANTINED', outcome: string): boolean {
    const batch = this.#ours(claimed);
    this.observer?.attempted(batch === undefined ? 'claim_lost' : outcome);
    if (batch === undefined) return false;
    batch.status = status;
    this.observer?.closed(batch);
    return true;
  }

  #claim(batch: BatchRow, leaseMs: number): ClaimedBatch {
    batch.status = 'SENDING';
    batch.claimEpoch += 1;
    batch.claimExpiresAtMs = this.#nowMs() + leaseMs;
    batch.attemptCount += 1;
    return {
      id: batch.id,
      epoch: batch.claimEpoch,
      eventCount: batch.events.length,
      ...eventTimes,
      attemptCount: this.#alterations.attemptsNotCounted === true ? 1 : batch.attemptCount,
      purgeParentId: batch.purgeParent ? batch.parentId : undefined,
    };
  }

  #insertBatch(events: readonly EventRow[], parentId: string | undefined, purgeParent: boolean): BatchRow {
    const seq = this.batches.size + 1;
    const batch: BatchRow = {
      ...{ id: `batch-${String(seq)}`, seq, events, parentId, purgeParent, status: 'AWAITING_DELIVERY' },
      ...{ claimEpoch: 0, claimExpiresAtMs: 0, notBeforeMs: 0, attemptCount: 0 },
    };
    this.batches.set(batch.id, batch);
    for (const event of events) this.#owned.add(event);
    return batch;
  }
}
