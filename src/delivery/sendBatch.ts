import { classifyInsertError, type InsertFailure } from '../eventlog/classifyInsertError.js';
import type { EventLog } from '../eventlog/client.js';
import { countBatch } from '../eventlog/countBatch.js';
import { insertBatch } from '../eventlog/insertBatch.js';
import { forgetKnownSettings } from '../eventlog/insertSettings.js';
import type { ClaimedBatch } from '../outbox/claimBatch.js';
import type { Outbox } from '../outbox/database.js';
import { messageOf, WaybillError } from '../waybillError.js';
import { readBatch, type BatchReading } from '../outbox/readBatch.js';

/** What came of one attempt to send a batch. */
export type SendResult =
  { readonly outcome: 'delivered'; readonly rows: number; readonly bytes: number } | SendFailure;

export type SendFailure = InsertFailure & { readonly rows: number; readonly bytes: number };

export interface SendContext {
  readonly outbox: Outbox;
  readonly eventLog: EventLog;
  /** Resolves when the table is known to be fit, rejects when it is not. */
  readonly tableChecked: () => Promise<void>;
  /** Fires when the attempt is to be given up; the request is then destroyed. */
  readonly signal: AbortSignal;
}

/**
 * Sends a claimed batch once: COPY out of Postgres, its bytes untouched, into one INSERT.
 *
 * A batch that was attempted before may have arrived although nobody heard of it. It is counted first and, if it is
 * there, not sent again: ClickHouse remembers a limited number of tokens, and the batch may have waited for longer.
 */
export async function sendBatch(context: SendContext, batch: ClaimedBatch): Promise<SendResult> {
  let reading: BatchReading | undefined;
  try {
    await context.tableChecked();
    if (batch.attemptCount > 1) {
      const rows = await countBatch(context.eventLog, batch, context.signal);
      if (rows === batch.eventCount) return { outcome: 'delivered', rows, bytes: 0 };
      if (rows > batch.eventCount) return countMismatch(batch, rows, 0); // sent once more, it could only grow
    }
    reading = await readOutbox(context.outbox, batch);
    const written = await insertBatch(context.eventLog, {
      rows: reading.rows,
      eventCount: batch.eventCount,
      deduplicationToken: deduplicationToken(batch),
      queryId: `waybill-${batch.id}-${String(batch.epoch)}`,
      signal: context.signal,
    });
    return await confirm(context, batch, written, reading.bytes());
  } catch (error) {
    return { ...failure(context.eventLog, error, reading), rows: 0, bytes: reading?.bytes() ?? 0 };
  } finally {
    await reading?.close();
  }
}

/** The same for every attempt to send a batch, so that ClickHouse stores its rows once. */
function deduplicationToken(batch: ClaimedBatch): string {
  return batch.tokenGeneration === 0 ? batch.id : `${batch.id}:${String(batch.tokenGeneration)}`;
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
  const rows = await countBatch(context.eventLog, batch, context.signal);
  if (rows === batch.eventCount) return { outcome: 'delivered', rows, bytes };
  return countMismatch(batch, rows, bytes);
}

function countMismatch(batch: ClaimedBatch, rows: number, bytes: number): SendFailure {
  const text = `ClickHouse holds ${String(rows)} rows of the batch, which has ${String(batch.eventCount)}.`;
  return { outcome: 'unknown', rows, bytes, code: 'COUNT_MISMATCH', text };
}

async function readOutbox(outbox: Outbox, batch: ClaimedBatch): Promise<BatchReading> {
  return readBatch(outbox, batch).catch((error: unknown) => {
    throw new OutboxReadError(error);
  });
}

class OutboxReadError extends Error {
  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
  }
}

function failure(eventLog: EventLog, error: unknown, reading: BatchReading | undefined): InsertFailure {
  if (error instanceof WaybillError)
    return { outcome: 'misconfigured', code: error.code, text: error.message };
  // When reading fails, it takes the request down with it, and the request's error says only that.
  const readError = error instanceof OutboxReadError ? error : reading?.error();
  if (readError !== undefined)
    return { outcome: 'unavailable', code: 'OUTBOX_READ_FAILED', text: readError.message };
  const failed = classifyInsertError(error);
  if (failed.code.startsWith('115 ')) forgetKnownSettings(eventLog); // UNKNOWN_SETTING: another version answers now
  return failed.outcome === 'misconfigured'
    ? { ...failed, text: `${failed.text}\n${misconfiguredAdvice}` }
    : failed;
}

const misconfiguredAdvice =
  'Nothing of the batch was stored; events are kept in the outbox. Mend the table, the rights of the user or the ' +
  'options (waybill config shows them), then run again; waybill migrate makes a table that is missing.';
