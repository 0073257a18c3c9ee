import { isOverload } from '../eventlog/classifyInsertError.js';
import { locateRefusal } from '../eventlog/locateRefusal.js';
import type { Logger } from '../observe/logger.js';
import type { Attempt, AttemptOutcome } from '../outbox/attempt.js';
import type { ClaimedBatch } from '../outbox/claimBatch.js';
import { messageOf } from '../waybillError.js';
import type { Clock } from './clock.js';
import { cutBatch } from './cutBatch.js';
import { firstOf } from './firstOf.js';
import { keepClaim } from './keepClaim.js';
import type { DeliveryPorts } from './ports.js';
import type { RunClock } from './runClock.js';
import type { RunTally } from './runReport.js';
import type { SendingLimit } from './sendingLimit.js';
import { sendBatch, type SendFailure } from './sendBatch.js';

/** What the streams of one run share. */
export interface DeliveryRun extends DeliveryPorts {
  readonly runId: string;
  readonly clock: Clock;
  readonly runClock: RunClock;
  readonly tally: RunTally;
  readonly onProgress: (tally: Readonly<RunTally>) => void;
  /** A batch smaller than the quantity has been sealed. */
  partialSealed: boolean;
  readonly sendingLimit: SendingLimit;
  readonly claimLeaseMs: number;
  readonly logger: Logger;
  /** Resolves once the event log's table is known to be fit; checked before the first batch is sent into it. */
  readonly tableChecked: () => Promise<void>;
}

/** A batch that this run has claimed. */
export interface HeldBatch extends ClaimedBatch {
  /** When the claim was asked for, by the clock of the run. */
  readonly claimedAtMs: number;
}

export interface AttemptEnd {
  readonly outcome: AttemptOutcome;
  /** The batch to try next, once the wait is over: the same one again, or the one that has replaced it. */
  readonly retryId?: string | undefined;
}

/**
 * One attempt to deliver a claimed batch, recorded in table `attempt` whatever comes of it.
 *
 * Afterwards the batch is DELIVERED; or AWAITING_DELIVERY and not due before `retryWaitMs`; or QUARANTINED, a single event
 * that ClickHouse refuses; or REPLACED by batches that are due; or another worker's.
 */
export async function attemptBatch(
  run: DeliveryRun,
  batch: HeldBatch,
  retryWaitMs: number,
): Promise<AttemptEnd> {
  const startedAt = run.clock.now();
  const beforeMs = run.clock.monotonicMs();
  const claim = keepClaim({
    renew: () => run.outbox.renewClaim(batch, run.claimLeaseMs),
    leaseMs: run.claimLeaseMs,
    claimedAtMs: batch.claimedAtMs,
    clock: run.clock,
    logger: run.logger,
    fields: { batchId: batch.id },
  });
  const givenUp = firstOf(claim.lost, run.runClock.graceOver);
  const isHeld = (): boolean => claim.isHeld();
  const result = await sendBatch({ ...run, signal: givenUp.signal, isHeld }, batch).finally(() => {
    givenUp.stop();
    return claim.stop();
  });

  const { rows, bytes } = result;
  const durationMs = run.clock.monotonicMs() - beforeMs;
  const attempt = { runId: run.runId, startedAt, durationMs, rows, bytes };
  if (result.outcome === 'delivered') {
    const { viewFailure } = result;
    return recordDelivery(run, batch, {
      ...attempt,
      errorCode: viewFailure?.code,
      errorText: viewFailure?.text,
    });
  }
  const failed = { ...attempt, errorCode: result.code, errorText: result.text };
  if (result.outcome === 'rejected') return recordRefusal(run, batch, failed);
  if (result.spent) return recordSpentToken(run, batch, failed);
  return recordFailure(run, batch, failed, result.outcome, retryWaitMs);
}

async function recordDelivery(run: DeliveryRun, batch: ClaimedBatch, attempt: Attempt): Promise<AttemptEnd> {
  const marked = await run.outbox.markDelivered(batch, attempt).catch(async (error: unknown) => {
    // ClickHouse has the batch, but that is not written down. Sent again, it is recognised by its token.
    await releaseAfter(run, error, batch, attempt);
    throw error;
  });
  if (!marked) return loseClaim(run, batch);
  run.tally.attemptsSucceeded += 1;
  run.tally.batchesDelivered += 1;
  run.tally.eventsDelivered += batch.eventCount;
  run.tally.bytesDelivered += attempt.bytes;
  run.logger.debug(fieldsOf(batch, attempt), 'batch delivered');
  noteViewFailure(run, batch, attempt);
  return { outcome: 'delivered' };
}

/** The table has the batch, and so it is delivered; but a view on the table failed, and lacks it. */
function noteViewFailure(
  run: DeliveryRun,
  batch: ClaimedBatch,
  { errorCode: code, errorText: text }: Attempt,
): void {
  if (code === undefined || text === undefined) return;
  run.tally.error = { code, text };
  run.logger.warn(
    { batchId: batch.id, code, error: text },
    'batch delivered, but a view on the table failed',
  );
}

async function recordFailure(
  run: DeliveryRun,
  batch: ClaimedBatch,
  attempt: FailedAttempt,
  outcome: Exclude<SendFailure['outcome'], 'rejected'>,
  retryWaitMs: number,
): Promise<AttemptEnd> {
  // What somebody has to mend first is due as soon as it is mended.
  const notBeforeMs = outcome === 'misconfigured' ? 0 : retryWaitMs;
  if (!(await run.outbox.releaseBatch(batch, attempt, { outcome, notBeforeMs })))
    return loseClaim(run, batch);
  noteFailure(run, batch, attempt, outcome, 'batch not delivered; it awaits delivery again');
  if (isOverload(attempt.errorCode)) noteOverload(run, attempt.errorCode);
  return { outcome, retryId: batch.id };
}

function noteOverload({ sendingLimit, logger }: DeliveryRun, code: string): void {
  sendingLimit.noteOverload();
  const { allowed } = sendingLimit;
  logger.warn({ code, allowed }, 'ClickHouse has too much to do; fewer batches are sent at the same time');
}

/**
 * ClickHouse has acknowledged the whole batch and yet holds another number of its rows, so it takes any resend for a
 * repetition. The batch is replaced by one that owns the same events; before that one is sent, the old rows are deleted.
 *
 * Only a token that is spent is given up so: whatever of the old batch is still on its way is then not stored again.
 */
async function recordSpentToken(
  run: DeliveryRun,
  batch: ClaimedBatch,
  attempt: FailedAttempt,
): Promise<AttemptEnd> {
  const childIds = await run.outbox.replaceBatch(batch, attempt, {
    cuts: [],
    purge: true,
    outcome: 'unknown',
  });
  if (childIds === undefined) return loseClaim(run, batch);
  noteFailure(run, batch, attempt, 'unknown', 'batch not whole in ClickHouse; another replaces it');
  return { outcome: 'unknown', retryId: childIds[0] };
}

/**
 * ClickHouse refuses the data of some event. The batch is cut in pieces, which are sent at once, until that event stands alone; then it is quarantined. It holds back no other.
 */
async function recordRefusal(
  run: DeliveryRun,
  batch: ClaimedBatch,
  attempt: FailedAttempt,
): Promise<AttemptEnd> {
  const place = locateRefusal(attempt.errorText);
  if (batch.eventCount === 1) {
    if (!(await run.outbox.quarantineBatch(batch, attempt, place.column))) return loseClaim(run, batch);
    run.tally.eventsQuarantined += 1;
    noteFailure(run, batch, attempt, 'rejected', 'event refused for its data; it is quarantined');
    return { outcome: 'rejected' };
  }
  const cuts = cutBatch(batch.eventCount, place.row);
  const childIds = await run.outbox.replaceBatch(batch, attempt, {
    cuts,
    purge: attempt.rows > 0,
    outcome: 'rejected',
  });
  if (childIds === undefined) return loseClaim(run, batch);
  run.tally.batchesSplit += 1;
  noteFailure(
    run,
    batch,
    attempt,
    'rejected',
    `batch refused for its data; cut in ${String(childIds.length)}`,
  );
  return { outcome: 'rejected' };
}

type FailedAttempt = Attempt & { readonly errorCode: string; readonly errorText: string };

function noteFailure(
  run: DeliveryRun,
  batch: ClaimedBatch,
  attempt: FailedAttempt,
  outcome: SendFailure['outcome'],
  message: string,
): void {
  const { errorCode: code, errorText: text } = attempt;
  run.tally.attemptsFailed += 1;
  run.tally.error = { code, text };
  run.logger.warn({ ...fieldsOf(batch, attempt), outcome, code, error: text }, message);
}

/** Gives a batch back after the service itself failed. Where Postgres is out of reach, the claim expires instead. */
async function releaseAfter(
  run: DeliveryRun,
  cause: unknown,
  batch: ClaimedBatch,
  attempt: Attempt,
): Promise<void> {
  const errorText = messageOf(cause);
  const failed = { ...attempt, errorCode: 'SERVICE_FAILED', errorText };
  try {
    await run.outbox.releaseBatch(batch, failed, { outcome: 'unknown', notBeforeMs: 0 });
  } catch (error) {
    run.logger.warn(
      { batchId: batch.id, err: error },
      'a batch could not be released; its claim will expire',
    );
  }
}

function loseClaim(run: DeliveryRun, batch: ClaimedBatch): AttemptEnd {
  run.tally.claimsLost += 1;
  run.logger.warn(
    { batchId: batch.id, attempt: batch.attemptCount },
    'claim lost; another worker has the batch',
  );
  return { outcome: 'claim_lost' };
}

function fieldsOf(batch: ClaimedBatch, attempt: Attempt): object {
  return {
    batchId: batch.id,
    attempt: batch.attemptCount,
    events: batch.eventCount,
    bytes: attempt.bytes,
    ms: Math.round(attempt.durationMs),
  };
}
