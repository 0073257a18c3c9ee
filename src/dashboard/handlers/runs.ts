import { z } from 'zod';
import { readRun as readRunRecord } from '../../outbox/readRun.js';
import { readRunAttempts } from '../../outbox/readRunAttempts.js';
import { readRunPage } from '../../outbox/readRunPage.js';
import type { RunRecord } from '../../outbox/runRecord.js';
import { askOutbox } from '../context.js';
import { decodeCursor, pageOf } from '../cursor.js';
import type { Handler } from '../handler.js';
import { ProblemError } from '../problemError.js';
import type { Redaction } from '../redaction.js';
import { timestamp, uuid } from '../schema/common.js';
import { runAttemptsMax } from '../schema/runs.js';
import { describeAttempt } from './batches.js';

const position = z.strictObject({ startedAt: timestamp, id: uuid });

export const listRuns: Handler<'listRuns'> = async ({ query, context }) => {
  const { cursor, limit, from, to, endedBecause, busy } = query;
  const after = decodeCursor(cursor, position);
  const filter = { startedFrom: from, startedBefore: to, endedBecause, busy };
  const found = await askOutbox(context, (outbox) =>
    readRunPage(outbox, { filter, after, limit: limit + 1 }),
  );
  const { items, nextCursor } = pageOf(found, limit, ({ startedAt, id }) => ({ startedAt, id }));
  return { items: items.map((run) => describeRun(run, context.redaction)), nextCursor };
};

export const readRun: Handler<'readRun'> = async ({ params: { id }, context }) => {
  const { run, attempts } = await askOutbox(context, async (outbox) => ({
    run: await readRunRecord(outbox, id),
    attempts: await readRunAttempts(outbox, id, runAttemptsMax + 1),
  }));
  if (run === undefined) {
    throw new ProblemError('NOT_FOUND', {
      detail: `There is no run ${id}.`,
      advice: 'Records of runs are deleted after HISTORY_RETENTION_IN_DAYS.',
    });
  }
  return {
    run: describeRun(run, context.redaction),
    attempts: attempts.slice(0, runAttemptsMax).map((attempt) => describeAttempt(attempt, context.redaction)),
    attemptsAreAll: attempts.length <= runAttemptsMax,
  };
};

export function describeRun(run: RunRecord, redaction: Redaction): RunRecord {
  return { ...run, errorText: redaction.errorText(run.errorCode, run.errorText) };
}
