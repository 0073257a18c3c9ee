import { z } from 'zod';
import { readActionPage } from '../../outbox/readActionPage.js';
import { askOutbox } from '../context.js';
import { decodeCursor, pageOf } from '../cursor.js';
import type { Handler } from '../handler.js';
import { bigintText, timestamp } from '../schema/common.js';

const position = z.strictObject({ performedAt: timestamp, id: bigintText });

export const listActions: Handler<'listActions'> = async ({ query, context }) => {
  const { cursor, limit, from, to, action: actions, performedBy, batchId } = query;
  const after = decodeCursor(cursor, position);
  const filter = { performedFrom: from, performedBefore: to, actions, performedBy, batchId };
  const found = await askOutbox(context, (outbox) =>
    readActionPage(outbox, { filter, after, limit: limit + 1 }),
  );
  const { items, nextCursor } = pageOf(found, limit, ({ performedAt, id }) => ({ performedAt, id }));
  return { items: items.map((action) => ({ ...action })), nextCursor };
};
