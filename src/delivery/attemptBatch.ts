import type { EventLog } from '../eventlog/client.js';
import type { Logger } from '../observe/logger.js';
import type { Attempt, AttemptOutcome } from '../outbox/attempt.js';
import type { ClaimedBatch } from '../outbox/claimBatch.js';
import type { Outbox } from '../outbox/database.js';
import { markDelivered } from '../outbox/markDelivered.js';
import { releaseBatch } from '../outbox/releaseBatch.js';
import { renewClaim } from '../outbox/renewClaim.js';
import { messageOf } from '../waybillError.js';
import { firstOf } from './firstOf.js';
import { keepClaim } from './keepClaim.js';
import type { RunClock } from './runClock.js';
import type { RunTally } from './runReport.js';
import { sendBatch, type SendFailure } from './sendBatch.js';

/** What the streams of one run share. */
export interface DeliveryRun {
  readonly runId: string;
  readonly clock: RunClock;
  readonly tally: RunTally;
  readonly onProgress: (tally: Readonly<RunTally>) => void;
  /** A batch smaller than the quantity has been sealed. */
  partialSealed: boolean;
  readonly outbox: Outbox;
  readonly eventLog: EventLog;
  readonly claimLeaseMs: number;
  readonly logger: Logger;
  /** Resolves once the event log's table is known to be fit; checked before the first batch is sent into it. */
  readonly tableChecked: () => Promise<void>;
}

/**
 * One attempt to deliver a claimed batch, recorded in table `attempt` whatever comes of it.
 *
 * Afterwards the batch is DELIVERED, or AWAITING_DELIVERY and not due before `retryWaitMs`, or another worker's.
 */
export async function attemptBatch(
  run: DeliveryRun,
  batch: ClaimedBatch,
  retryWaitMs: number,
): Promise<AttemptOutcome> {
  const startedAt = new Date();
  const before = performance.now();
  const claim = keepClaim({
    renew: () => renewClaim(run.outbox, batch, run.claimLeaseMs),
    leaseMs: run.claimLeaseMs,
    logger: run.logger,
    fields: { batchId: batch.id },
  });
  const givenUp = firstOf(claim.lost, run.clock.graceOver);
  const result = await sendBatch({ ...run, signal: givenUp.signal }, batch).finally(() => {
    givenUp.stop();
    return claim.stop();
  });

  const { rows, bytes } = result;
  const attempt = { runId: run.runId, startedAt, durationMs: performance.now() - before, rows, bytes };
  if (result.outcome === 'delivered') return recordDelivery(run, batch, attempt);
  return recordFailure(run, batch, attempt, result, retryWaitMs);
}

async function recordDelivery(
  run: DeliveryRun,
  batch: ClaimedBatch,
  attempt: Attempt,
): Promise<AttemptOutcome> {
  const marked = await markDelivered(run.outbox, batch, attempt).catch(async (error: unknown) => {
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
  return 'delivered';
}

async function recordFailure(
  run: DeliveryRun,
  batch: ClaimedBatch,
  attempt: Attempt,
  { outcome, code, text }: SendFailure,
  retryWaitMs: number,
): Promise<AttemptOutcome> {
  const failed = { ...attempt, errorCode: code, errorText: text };
  // What somebody has to mend first is due as soon as it is mended.
  const notBeforeMs = outcome === 'misconfigured' ? 0 : retryWaitMs;
  if (!(await releaseBatch(run.outbox, batch, failed, { outcome, notBeforeMs })))
    return loseClaim(run, batch);
  run.tally.attemptsFailed += 1;
  run.tally.error = { code, text };
  const fields = { ...fieldsOf(batch, attempt), outcome, code, error: text };
  run.logger.warn(fields, 'batch not delivered; it awaits delivery again');
  return outcome;
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
    await releaseBatch(run.outbox, batch, failed, { outcome: 'unknown', notBeforeMs: 0 });
  } catch (error) {
    run.logger.warn(
      { batchId: batch.id, err: error },
      'a batch could not be released; its claim will expire',
    );
  }
}

function loseClaim(run: DeliveryRun, batch: ClaimedBatch): 'claim_lost' {
  run.tally.claimsLost += 1;
  run.logger.warn(
    { batchId: batch.id, attempt: batch.attemptCount },
    'claim lost; another worker has the batch',
  );
  return 'claim_lost';
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
