import { queryRows, type EventLog } from './client.js';

/** What the ClickHouse server is like that answers. */
export interface ClickHouseServer {
  /** Such as `26.7.2.1`. */
  readonly version: string;
  readonly user: string;
  /** The server's clock, in milliseconds of Unix time. */
  readonly nowMs: number;
}

/** Asks the server who it is. The first question of all: it needs no right and no table. */
export async function readServer(eventLog: EventLog, signal?: AbortSignal): Promise<ClickHouseServer> {
  const [row] = await queryRows<{ version: string; user: string; now_ms: string | number }>(
    eventLog,
    'SELECT version() AS version, currentUser() AS user, toUnixTimestamp64Milli(now64(3)) AS now_ms',
    {},
    signal,
  );
  if (row === undefined) throw new Error('A query that always returns one row returned none.');
  return { version: row.version, user: row.user, nowMs: Number(row.now_ms) };
}
