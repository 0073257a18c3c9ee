import type pg from 'pg';
import { inTransaction, onlyRow, type Outbox } from './database.js';
import { ddlLockTimeoutMs, withoutBlocking } from './withoutBlocking.js';
import { readLastId } from './readLastId.js';
import { readPartitions } from './readPartitions.js';

/** Partitions kept ready beyond the newest id. */
export const partitionsAhead = 4;
/** Most partitions made in one call; the rest is made in the next. */
const partitionsPerCallMax = 64;
/** Scanned within some 30 ms. */
const defaultBytesSmall = 32_000_000;

/**
 * Makes partitions of table `event` ahead of the ids to come, so that each can be dropped whole once it is delivered.
 *
 * Each is made beside the table and then attached, which unlike CREATE … PARTITION OF takes no lock that capture
 * waits for, unless the capture goes to the DEFAULT partition: attaching scans that one to see that it holds no row of
 * the new range. So one that has grown large is scanned once a call at most. Where that comes late, the next partition begins further on, and what lies between stays in the DEFAULT
 * partition, which must hold no row of a partition that is attached.
 *
 * @returns the names of the partitions made; fewer than wanted when a lock could not be had, which loses nothing
 */
export async function ensurePartitions(outbox: Outbox, size: number): Promise<string[]> {
  const made: string[] = [];
  const callMax = (await readDefaultBytes(outbox)) > defaultBytesSmall ? 1 : partitionsPerCallMax;
  while (made.length < callMax) {
    const name = await withoutBlocking(() => makeNextPartition(outbox, size));
    if (name === 'locked' || name === 'enough') break;
    made.push(name.made);
  }
  return made;
}

async function readDefaultBytes(outbox: Outbox): Promise<number> {
  const result = await outbox.query<{ bytes: string }>('SELECT pg_relation_size($1::regclass) AS bytes', [
    `${outbox.schema}.event_default`,
  ]);
  return Number(onlyRow(result).bytes);
}

async function makeNextPartition(outbox: Outbox, size: number): Promise<'enough' | { made: string }> {
  return inTransaction(outbox, async (client) => {
    await client.query(`SET LOCAL lock_timeout = ${String(ddlLockTimeoutMs)}`);
    return attachNextPartition(client, outbox, size);
  });
}

/** Makes the next partition in the caller's transaction, unless there are enough. */
export async function attachNextPartition(
  client: pg.PoolClient,
  outbox: Outbox,
  size: number,
): Promise<'enough' | { made: string }> {
  await client.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [
    `waybill partitions ${outbox.schema}`,
  ]);
  const lastId = await readLastId(outbox, client);
  const end = (await readPartitions(outbox, client)).at(-1)?.to ?? 0;
  if (end >= lastId + partitionsAhead * size) return 'enough';

  // An INSERT under way knows the partitions that were there when it began. Should it draw an id of one attached
  // since, it would route the row to the DEFAULT partition, which must not take it any more, and fail. So a partition
  // begins at least its size beyond the newest id.
  const from = lastId === 0 ? end : Math.max(end, Math.ceil((lastId + size) / size) * size);
  const name = `event_from_${String(from)}`;
  await client.query(
    `CREATE TABLE ${outbox.schema}.${name} (LIKE ${outbox.schema}.event INCLUDING ALL EXCLUDING IDENTITY)`,
  );
  await client.query(
    `ALTER TABLE ${outbox.schema}.event ATTACH PARTITION ${outbox.schema}.${name}
     FOR VALUES FROM (${String(from)}) TO (${String(from + size)})`,
  );
  return { made: name };
}
