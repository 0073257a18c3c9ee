import { text } from 'node:stream/consumers';
import type { EventLog } from './client.js';

/**
 * Whether this user has a right, written as in a GRANT: `INSERT ON db.table`.
 * @throws on a server that has no CHECK GRANT (before 24.12)
 */
export async function readGrant(eventLog: EventLog, right: string, signal?: AbortSignal): Promise<boolean> {
  signal?.throwIfAborted(); // the client heeds only a signal that fires later
  // Not through queryRows: this statement takes no FORMAT, which the client adds to a query.
  const { stream } = await eventLog.client.exec({
    query: `CHECK GRANT ${right}`,
    ...(signal === undefined ? {} : { abort_signal: signal }),
  });
  return (await text(stream)).trim() === '1';
}
