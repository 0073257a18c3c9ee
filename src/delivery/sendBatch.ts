import { ClickHouseError } from '@clickhouse/client';
import { classifyInsertError, isFailureOfView, type InsertFailure } from '../eventlog/classifyInsertError.js';
import { insertQueryIdPrefix } from '../eventlog/endInserts.js';
import type { ClaimedBatch } from '../outbox/claimBatch.js';
import type { BatchReading } from '../outbox/readBatch.js';
import { messageOf, WaybillError } from '../waybillError.js';
import { waitUnless, type Clock } from './clock.js';
import type { DeliveryPorts } from './ports.js';
import { purgeBatch, PurgeUnfinishedError } from './purgeBatch.js';

/** What came of one attempt to send a batch. */
export type SendResult =
  | {
      readonly outcome: 'delivered';
      readonly rows: number;
      readonly bytes: number;
      /** How ClickHouse answered the insert, if it failed after the table had stored the batch: in a view on the table. */
      readonly viewFailure?: InsertFailure | undefined;
    }
  | SendFailure;

export interface SendFailure extends InsertFailure {
  /** Rows of the batch that ClickHouse was seen to hold. */
  readonly rows: number;
  readonly bytes: number;
  /** ClickHouse has acknowledged the whole batch, and yet holds another number of its rows: its token is spent. */
  readonly spent: boolean;
}

export interface SendContext extends DeliveryPorts {
  readonly clock: Clock;
  /** Resolves when the table is known to be fit, rejects when it is not. */
  readonly tableChecked: () => Promise<void>;
  /** Fires when the attempt is to be given up; the request is then destroyed. */
  readonly signal: AbortSignal;
  /** False once another worker may have the batch. */
  readonly isHeld: () => boolean;
}

/** Looks at the count of a batch that ClickHouse has acknowledged, before a count that is wrong is believed. */
const countsMax = 3;
/** Between the looks: a replica may lag behind the one that took the insert. */
const countPauseMs = 250;

/**
 * Sends a claimed batch once: COPY out of Postgres, its bytes untouched, into one INSERT.
 *
 * A batch that was attempted before may have arrived although nobody heard of it, or may still be on its way. So its
 * old inserts are ended and its rows counted first. If they are all there it is not sent again: ClickHouse remembers
 * a limited number of tokens, and the batch may have waited for longer.
 */
export async function sendBatch(context: SendContext, batch: ClaimedBatch): Promise<SendResult> {
  const { outbox, eventLog, signal } = context;
  let reading: BatchReading | undefined;
  let inserting = false;
  try {
    await context.tableChecked();
    if (batch.purgeParentId !== undefined)
      await purgeBatch(eventLog, { ...batch, id: batch.purgeParentId }, signal);
    if (batch.attemptCount > 1) {
      await eventLog.endInserts(batch.id, signal);
      const rows = await countRows(context, batch);
      if (rows === batch.eventCount) return { outcome: 'delivered', rows, bytes: 0 };
    }
    reading = await outbox.readBatch(batch).catch((error: unknown) => {
      throw new OutboxReadError(error);
    });
    inserting = true;
    const written = await eventLog.insertBatch({
      rows: reading.rows,
      eventCount: batch.eventCount,
      deduplicationToken: batch.id, // the same for every attempt, so that ClickHouse stores its rows once
      queryId: `${insertQueryIdPrefix(batch.id)}${String(batch.epoch)}`,
      beforeSending: () => {
        refuseUnlessHeld(context);
      },
      signal,
    });
    inserting = false;
    return await confirm(context, batch, written, reading.bytes());
  } catch (error) {
    const failure = describeFailure(context, error, reading);
    const failed = { ...failure, rows: 0, bytes: reading?.bytes() ?? 0, spent: false };
    if (inserting && error instanceof ClickHouseError) return await judgeByRows(context, batch, failed);
    // Only an insert says anything about the batch's rows.
    return failure.outcome === 'rejected' ? { ...failed, outcome: 'unavailable' } : failed;
  } finally {
    await reading?.close();
  }
}

class ClaimExpiredError extends Error {
  readonly code = 'CLAIM_EXPIRED';

  constructor() {
    super(
      'The claim of the batch ran out before it was sent, since this process was stopped. Nothing was sent.',
    );
  }
}

/** A process that was stopped for longer than its lease must not send what another has dealt with meanwhile. */
function refuseUnlessHeld(context: SendContext): void {
  if (!context.isHeld()) throw new ClaimExpiredError();
}

/**
 * A batch is delivered when ClickHouse says that it wrote just as many rows. That is a verdict only for a first attempt:
 * an insert that is recognised by its token is answered with the rows it was sent, whatever the earlier one stored
 * (seen with 26.7). And a materialized view adds its own rows to the number. In both cases the rows are counted.
 */
async function confirm(
  context: SendContext,
  batch: ClaimedBatch,
  written: number | undefined,
  bytes: number,
): Promise<SendResult> {
  if (batch.attemptCount === 1 && written === batch.eventCount)
    return { outcome: 'delivered', rows: written, bytes };
  // Somebody else has answered, a proxy perhaps, and the insert may still run: a count beside it would be no verdict.
  if (written === undefined) await context.eventLog.endInserts(batch.id, context.signal);
  const acknowledged = written !== undefined && written >= batch.eventCount;
  const rows = await countUntilWhole(context, batch, acknowledged ? countsMax : 1);
  if (rows === batch.eventCount) return { outcome: 'delivered', rows, bytes };
  const text = `ClickHouse holds ${String(rows)} rows of the batch, which has ${String(batch.eventCount)}.`;
  return { outcome: 'unknown', code: 'COUNT_MISMATCH', text, rows, bytes, spent: acknowledged };
}

async function countUntilWhole(context: SendContext, batch: ClaimedBatch, looksMax: number): Promise<number> {
  for (let look = 1; ; look += 1) {
    const rows = await countRows(context, batch);
    if (rows === batch.eventCount || look >= looksMax) return rows;
    await waitUnless(context.signal, context.clock, countPauseMs * look);
  }
}

/**
 * ClickHouse has answered the insert with an error. That may be the error of a view on the table, which gets the rows when
 * the table has stored them (seen with 26.7), and such an error can have any code. So the table is asked: all rows there,
 * it has taken the batch; none there, the error is what it seems to be. A part there, or too many, are of earlier inserts:
 * they go before a piece is sent, or, where the whole insert got as far as a view, the token is spent.
 */
async function judgeByRows(
  context: SendContext,
  batch: ClaimedBatch,
  failed: SendFailure,
): Promise<SendResult> {
  try {
    const rows = await countRows(context, batch);
    const { bytes, code, text } = failed;
    if (rows === batch.eventCount)
      return { outcome: 'delivered', rows, bytes, viewFailure: { outcome: failed.outcome, code, text } };
    if (rows === 0) return failed;
    const isRefused = failed.outcome === 'rejected';
    if (isRefused && batch.eventCount > 1) return { ...failed, rows };
    return { ...failed, outcome: 'unknown', rows, spent: isRefused || isFailureOfView(text) };
  } catch (error) {
    const { outcome, code, text } = describeFailure(context, error, undefined);
    return { ...failed, outcome: outcome === 'rejected' ? 'unavailable' : outcome, code, text };
  }
}

/**
 * Counts the rows of the batch in ClickHouse. As many as it has events, but some of them twice and others not at all, are
 * one too many: not whole, whatever is done next.
 */
async function countRows({ eventLog, outbox, signal }: SendContext, batch: ClaimedBatch): Promise<number> {
  const { rows, events } = await eventLog.countBatch(batch, signal);
  if (rows !== batch.eventCount || events === rows) return rows;
  return events === (await outbox.countDistinctEvents(batch)) ? rows : rows + 1;
}

class OutboxReadError extends Error {
  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
  }
}

function describeFailure(
  { eventLog }: SendContext,
  error: unknown,
  reading: BatchReading | undefined,
): InsertFailure {
  if (error instanceof WaybillError)
    return { outcome: 'misconfigured', code: error.code, text: error.message };
  // When reading fails, it takes the request down with it, and the request's error says only that.
  const readError = error instanceof OutboxReadError ? error : reading?.error();
  if (readError !== undefined)
    return { outcome: 'unavailable', code: 'OUTBOX_READ_FAILED', text: readError.message };
  if (error instanceof PurgeUnfinishedError || error instanceof ClaimExpiredError)
    return { outcome: 'unavailable', code: error.code, text: error.message };
  const failed = classifyInsertError(error);
  if (failed.code.startsWith('115 ')) {
    eventLog.forgetKnownSettings(); // UNKNOWN_SETTING: another version answers now
    return { ...failed, outcome: 'unavailable' };
  }
  return failed.outcome === 'misconfigured'
    ? { ...failed, text: `${failed.text}\n${misconfiguredAdvice}` }
    : failed;
}

const misconfiguredAdvice =
  'Nothing of the batch was stored; events are kept in the outbox. Mend the table, the rights of the user or the ' +
  'options (waybill config shows them), then run again; waybill migrate makes a table that is missing.';
