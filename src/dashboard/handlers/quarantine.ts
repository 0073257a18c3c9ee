import { z } from 'zod';
import { countQuarantined } from '../../outbox/countQuarantined.js';
import type { Outbox } from '../../outbox/database.js';
import { dropQuarantined as drop } from '../../outbox/dropQuarantined.js';
import type { Decision, QuarantineFilter } from '../../outbox/quarantineFilter.js';
import type { QuarantineRecord } from '../../outbox/quarantineRecord.js';
import { readQuarantinedEvent } from '../../outbox/readQuarantinedEvent.js';
import { readQuarantinePage } from '../../outbox/readQuarantinePage.js';
import { releaseQuarantined as release } from '../../outbox/releaseQuarantined.js';
import { requestTaskRun } from '../../outbox/requestTaskRun.js';
import { askOutbox, changeOutbox } from '../context.js';
import { decodeCursor, pageOf } from '../cursor.js';
import { previewOf } from '../eventItem.js';
import type { Handler } from '../handler.js';
import { ProblemError } from '../problemError.js';
import type { Redaction } from '../redaction.js';
import { bigintText } from '../schema/common.js';
import type { QuarantinedAnswer, ReleaseBody } from '../schema/quarantine.js';

const position = z.strictObject({ seq: bigintText });

export const listQuarantine: Handler<'listQuarantine'> = async ({ query, context }) => {
  const { cursor, limit, eventType, code } = query;
  const after = decodeCursor(cursor, position);
  const found = await askOutbox(context, (outbox) =>
    readQuarantinePage(outbox, { filter: { eventType, code }, afterSeq: after?.seq, limit: limit + 1 }),
  );
  const { items, nextCursor } = pageOf(found, limit, ({ seq }) => ({ seq }));
  return {
    items: items.map((record) => {
      const { context: text, ...event } = describe(record, context.redaction);
      return { ...event, contextPreview: text === null ? null : previewOf(text) };
    }),
    nextCursor,
  };
};

export const readQuarantineGroups: Handler<'readQuarantineGroups'> = async ({ query, context }) => {
  const groups = await askOutbox(context, (outbox) => countQuarantined(outbox, query));
  return {
    groups: groups.map(({ firstRefusedAt, ...group }) => ({
      ...group,
      firstRefusedAt: firstRefusedAt.toISOString(),
    })),
    total: groups.reduce((sum, { events }) => sum + events, 0),
  };
};

export const readQuarantined: Handler<'readQuarantined'> = async ({ params: { eventId }, context }) => {
  const record = await askOutbox(context, (outbox) => readQuarantinedEvent(outbox, eventId));
  if (record === undefined) {
    throw new ProblemError('NOT_FOUND', {
      detail: `Event ${eventId} is not quarantined.`,
      advice: 'It may have been released or dropped; the page Actions tells by whom.',
    });
  }
  const { batchId: id, sealedAt, parentId } = record;
  return { event: describe(record, context.redaction), batch: { id, sealedAt, parentId } };
};

export const releaseQuarantined: Handler<'releaseQuarantined'> = ({ body, user, context }) =>
  changeOutbox(context, async (outbox) => {
    const decision = { performedBy: user.name, reason: body.reason };
    const decided = await decide(outbox, body.events, decision, release);
    const request = { name: 'process_events', performedBy: user.name, reason: 'events were released' };
    const requested = decided.events === 0 ? 'unknown' : await requestTaskRun(outbox, request);
    return { ...decided, runRequested: requested !== 'unknown' };
  });

export const dropQuarantined: Handler<'dropQuarantined'> = ({ body, user, context }) =>
  changeOutbox(context, async (outbox) => {
    const decided = await decide(outbox, body.events, { performedBy: user.name, reason: body.reason }, drop);
    return { ...decided, runRequested: false };
  });

type Decide = (outbox: Outbox, filter: QuarantineFilter, decision: Decision) => Promise<string[]>;

async function decide(
  outbox: Outbox,
  chosen: ReleaseBody['events'],
  decision: Decision,
  act: Decide,
): Promise<{ events: number; notQuarantined: string[] }> {
  if (chosen.of === 'events') {
    const eventIds = [...new Set(chosen.eventIds.map((id) => id.toLowerCase()))];
    const decided = new Set(await act(outbox, { eventIds }, decision));
    return { events: decided.size, notQuarantined: eventIds.filter((id) => !decided.has(id)) };
  }
  const { eventType, code, expected } = chosen;
  const filter = { eventType, code };
  const found = (await countQuarantined(outbox, filter)).reduce((sum, { events }) => sum + events, 0);
  if (found !== expected) {
    throw new ProblemError('CHANGED_MEANWHILE', {
      detail: `${found.toLocaleString('en')} events match by now, and not ${expected.toLocaleString('en')}. Nothing was changed.`,
      advice: 'Look at them again, and confirm the new number.',
    });
  }
  let events = 0;
  while (events < expected) {
    const decided = await act(outbox, filter, decision); // a thousand at most
    if (decided.length === 0) break;
    events += decided.length;
  }
  return { events, notQuarantined: [] };
}

function describe(record: QuarantineRecord, redaction: Redaction): QuarantinedAnswer['event'] {
  const { batchId, seq, capturedAt, refusedAt, attemptCount, errorCode, refusedColumn } = record;
  const refusal = {
    batchId,
    seq,
    capturedAt,
    refusedAt,
    attemptCount,
    errorCode,
    errorText: redaction.errorText(errorCode, record.errorText),
    refusedColumn,
  };
  const { eventId, eventType, eventDateTime, environment, metadataVersion, eventContext } = record;
  if (
    eventId === null ||
    eventType === null ||
    eventDateTime === null ||
    environment === null ||
    metadataVersion === null ||
    eventContext === null
  ) {
    return { ...refusal, ...goneEvent };
  }
  const { subject, traceparent } = record;
  const event = redaction.event({
    eventId,
    eventType,
    eventDateTime,
    environment,
    subject,
    metadataVersion,
    traceparent,
    eventContext,
  });
  const { eventContext: context, ...head } = event;
  return { ...refusal, ...head, contextBytes: Buffer.byteLength(context), context };
}

/** What is left of an event whose row was deleted by hand. */
const goneEvent = {
  eventId: null,
  eventType: null,
  eventDateTime: null,
  environment: null,
  subject: null,
  metadataVersion: null,
  traceparent: null,
  contextBytes: null,
  context: null,
};
