import pg from 'pg';
import { inTransaction, onlyRow, type Outbox } from './database.js';
import { readPartitions, type EventPartition } from './readPartitions.js';
import { ddlLockTimeoutMs, withoutBlocking } from './withoutBlocking.js';

const undefinedTable = '42P01';

export interface DroppedPartitions {
  /** Names of the partitions that are gone. */
  readonly dropped: readonly string[];
  /** Emptied, its disk space freed, but still there, because the lock on `event` could not be had. Dropped next time. */
  readonly emptied: readonly string[];
  /** Left as they are, because a lock could not be had. */
  readonly locked: readonly string[];
}

/**
 * Drops the partitions of which every id is settled and no batch is undelivered.
 *
 * In two steps, since a DROP needs a lock on all of `event`, which a long transaction of the application can keep
 * from it for hours: TRUNCATE frees the space and needs only the partition, which nobody writes to any more; the
 * DROP of the empty rest follows when it can.
 */
export async function dropDeliveredPartitions(
  outbox: Outbox,
  signal?: AbortSignal,
): Promise<DroppedPartitions> {
  const dropped: string[] = [];
  const emptied: string[] = [];
  const locked: string[] = [];
  let mayDrop = true;
  for (const partition of await readDeliveredPartitions(outbox)) {
    if (signal?.aborted === true) break;
    const { name, bytes } = partition;
    // Another cleaning may be faster with either step; the partition is `gone` then, and its report has it.
    const truncated = bytes === 0 ? 'done' : await changePartition(outbox, partition, 'TRUNCATE', signal);
    if (truncated === 'locked') locked.push(name);
    if (truncated !== 'done') continue;
    // What keeps the lock on `event` from one DROP keeps it from all; each try makes captures queue for a moment.
    const removed: Change = mayDrop
      ? await changePartition(outbox, partition, 'DROP TABLE', signal)
      : 'locked';
    mayDrop = removed !== 'locked';
    if (removed === 'done') dropped.push(name);
    if (removed === 'locked') emptied.push(name);
  }
  return { dropped, emptied, locked };
}

/** The partitions that nothing undelivered lies in. Ids are settled for good; a delivery can be undone, by a reconciliation. */
async function readDeliveredPartitions(outbox: Outbox): Promise<EventPartition[]> {
  const partitions = await readPartitions(outbox);
  const { rows } = await outbox.query<{ position: number }>(
    `SELECT (candidate.position - 1)::integer AS position
     FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS candidate (lowest, past, position)
     WHERE candidate.past <= (SELECT sealed_below FROM ${outbox.schema}.seal_cursor)
       AND NOT ${undeliveredWithin(outbox.schema, 'candidate.lowest', 'candidate.past')}
     ORDER BY candidate.position`,
    [partitions.map(({ from }) => from), partitions.map(({ to }) => to)],
  );
  return rows.flatMap(({ position }) => partitions[position] ?? []);
}

function undeliveredWithin(schema: string, lowest: string, past: string): string {
  return `EXISTS (
    SELECT FROM ${schema}.batch
    WHERE batch.status IN ('AWAITING_DELIVERY', 'SENDING', 'QUARANTINED')
      AND batch.event_ids && int8multirange(int8range(${lowest}, ${past}))
  )`;
}

/** `undelivered`: a delivery was undone since the partition was found delivered. It is left as it is. */
type Change = 'done' | 'locked' | 'gone' | 'undelivered';

async function changePartition(
  outbox: Outbox,
  { name, from, to }: EventPartition,
  change: 'TRUNCATE' | 'DROP TABLE',
  signal: AbortSignal | undefined,
): Promise<Change> {
  const partition = `${outbox.schema}."${name}"`;
  const inOneTransaction = (): Promise<Change> =>
    inTransaction(outbox, async (client) => {
      await client.query(`SET LOCAL lock_timeout = ${String(ddlLockTimeoutMs)}`);
      // The limit counts for each lock. DROP would take the one on `event` first and keep it while it waits for this.
      await client.query(`LOCK TABLE ${partition} IN ACCESS EXCLUSIVE MODE`);
      // A reconciliation that undoes a delivery reads its events in the same transaction, and so holds the partition. It
      // has either ended by now, and is seen here, or it finds the events gone.
      const result = await client.query<{ undelivered: boolean }>(
        `SELECT ${undeliveredWithin(outbox.schema, '$1::bigint', '$2::bigint')} AS undelivered`,
        [from, to],
      );
      if (onlyRow(result).undelivered) return 'undelivered';
      await client.query(`${change} ${partition}`);
      return 'done';
    });
  try {
    return await withoutBlocking(inOneTransaction, signal);
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === undefinedTable) return 'gone';
    throw error;
  }
}
