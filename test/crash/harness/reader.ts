import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Databases } from './databases.js';

/** A transaction of the application that has read the outbox's table and stays open for a while. */
export interface Reader {
  stop(): Promise<void>;
}

const lookMs = 5;

/**
 * Keeps a lock on table `event`, with which no partition can be dropped, until somebody has waited for it and given up.
 */
export async function startReader({ databaseUrl }: Databases): Promise<Reader> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('BEGIN; LOCK TABLE ONLY waybill.event IN ACCESS SHARE MODE');
  const stopping = new AbortController();
  const isAwaited = async (): Promise<boolean> => {
    const { rows } = await client.query<{ awaited: boolean }>(
      `SELECT EXISTS (
         SELECT FROM pg_locks WHERE NOT granted AND relation = 'waybill.event'::regclass
       ) AS awaited`,
    );
    return rows[0]?.awaited === true;
  };
  const waitUntilAwaited = async (wanted: boolean): Promise<void> => {
    while (!stopping.signal.aborted && (await isAwaited()) !== wanted) await pause(lookMs);
  };
  const ended = waitUntilAwaited(true)
    .then(() => waitUntilAwaited(false))
    .then(() => client.end());
  return {
    stop() {
      stopping.abort();
      return ended;
    },
  };
}
