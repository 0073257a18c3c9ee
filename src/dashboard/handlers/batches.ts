import { z } from 'zod';
import type { AttemptRecord } from '../../outbox/attemptRecord.js';
import type { BatchRecord } from '../../outbox/batchRecord.js';
import { readActionPage } from '../../outbox/readActionPage.js';
import { readBatchAttempts } from '../../outbox/readBatchAttempts.js';
import { readBatchPage } from '../../outbox/readBatchPage.js';
import { readBatchRecord, type WholeBatchRecord } from '../../outbox/readBatchRecord.js';
import { readChildBatches } from '../../outbox/readChildBatches.js';
import { requestTaskRun } from '../../outbox/requestTaskRun.js';
import { retryBatch as retry } from '../../outbox/retryBatch.js';
import { askOutbox, changeOutbox } from '../context.js';
import { decodeCursor, pageOf } from '../cursor.js';
import type { Handler } from '../handler.js';
import { ProblemError } from '../problemError.js';
import type { Redaction } from '../redaction.js';
import { relatedMax, type Batch, type BatchAnswer } from '../schema/batches.js';
import { bigintText } from '../schema/common.js';

/** `value`: what the list is sorted by, where that is not the order of sealing. */
const position = z.strictObject({ sort: z.string(), seq: bigintText, value: z.int().optional() });

export const listBatches: Handler<'listBatches'> = async ({ query, context }) => {
  const { cursor, limit, status: statuses, from, to, failed, errorCode, sort } = query;
  const after = decodeCursor(
    cursor,
    position.refine((given) => given.sort === sort),
  );
  const filter = { statuses, sealedFrom: from, sealedBefore: to, failed, errorCode };
  const found = await askOutbox(context, (outbox) =>
    readBatchPage(outbox, { filter, sort, after, limit: limit + 1 }),
  );
  const { items, nextCursor } = pageOf(found, limit, ({ seq, attemptCount, eventCount }) => ({
    sort,
    seq,
    value: sort === 'attempts' ? attemptCount : sort === 'events' ? eventCount : undefined,
  }));
  return { items: items.map((batch) => describeBatch(batch, context.redaction)), nextCursor };
};

export const readBatch: Handler<'readBatch'> = async ({ params: { id }, context }) => {
  const { redaction } = context;
  const found = await askOutbox(context, async (outbox) => {
    const batch = await readBatchRecord(outbox, id);
    if (batch === undefined) throw noBatch(id);
    return {
      batch,
      attempts: await readBatchAttempts(outbox, id, relatedMax + 1),
      parent: batch.parentId === null ? undefined : await readBatchRecord(outbox, batch.parentId),
      children: await readChildBatches(outbox, id, relatedMax + 1),
      actions: await readActionPage(outbox, { filter: { batchId: id }, limit: relatedMax }),
    };
  });
  const { batch, parent, children, actions } = found;
  const attempts = found.attempts.slice(0, relatedMax).map((attempt) => describeAttempt(attempt, redaction));
  const outcomes: BatchAnswer['outcomes'] = {};
  for (const { outcome } of attempts) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  return {
    batch: describeBatch(batch, redaction),
    refusedColumn: batch.refusedColumn,
    purgesParent: batch.purgesParent,
    attempts,
    attemptsAreAll: found.attempts.length <= relatedMax,
    outcomes,
    parent: parent === undefined ? null : describeBatch(parent, redaction),
    children: children.slice(0, relatedMax).map((child) => describeBatch(child, redaction)),
    childrenAreAll: children.length <= relatedMax,
    actions: actions.map((action) => ({ ...action })),
    canRetry: batch.status === 'AWAITING_DELIVERY' && batch.notBefore !== null,
  };
};

export const retryBatch: Handler<'retryBatch'> = async ({
  params: { id },
  body: { reason },
  user,
  context,
}) => {
  const { outcome, runRequested, batch } = await changeOutbox(context, async (outbox) => {
    const retried = await retry(outbox, { batchId: id, performedBy: user.name, reason });
    if (retried === 'unknown') throw noBatch(id);
    const request = { name: 'process_events', performedBy: user.name, reason: `retry of batch ${id}` };
    const requested = retried === 'not_awaiting' ? 'unknown' : await requestTaskRun(outbox, request);
    return {
      outcome: retried,
      runRequested: requested !== 'unknown',
      batch: await readBatchRecord(outbox, id),
    };
  });
  if (batch === undefined) throw noBatch(id);
  return { outcome, runRequested, batch: describeBatch(batch, context.redaction) };
};

export function noBatch(id: string): ProblemError {
  return new ProblemError('NOT_FOUND', {
    detail: `There is no batch ${id}.`,
    advice: 'Records of delivered batches are deleted after HISTORY_RETENTION_IN_DAYS.',
  });
}

export function describeBatch(batch: BatchRecord | WholeBatchRecord, redaction: Redaction): Batch {
  return {
    id: batch.id,
    seq: batch.seq,
    status: batch.status,
    eventCount: batch.eventCount,
    attemptCount: batch.attemptCount,
    sealedAt: batch.sealedAt,
    notBefore: batch.notBefore,
    deliveredAt: batch.deliveredAt,
    closedAt: batch.closedAt,
    cleanedAt: batch.cleanedAt,
    claimedBy: batch.claimedBy,
    claimExpiresAt: batch.claimExpiresAt,
    firstEventTime: batch.firstEventTime,
    lastEventTime: batch.lastEventTime,
    oldestCapturedAt: batch.oldestCapturedAt,
    delayMs: batch.delayMs,
    lastErrorCode: batch.lastErrorCode,
    lastError: redaction.errorText(batch.lastErrorCode, batch.lastError),
    parentId: batch.parentId,
  };
}

export function describeAttempt(attempt: AttemptRecord, redaction: Redaction): AttemptRecord {
  return { ...attempt, errorText: redaction.errorText(attempt.errorCode, attempt.errorText) };
}
