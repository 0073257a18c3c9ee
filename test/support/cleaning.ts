import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { replaceBatch } from '../../src/outbox/replaceBatch.js';
import { sealBatch } from './sealBatch.js';
import { cleanEventsOutbox, type CleanReport } from '../../src/tasks/cleanEventsOutbox.js';
import type { TestDatabases } from './databases.js';

/** Ids in a partition: few, so that a handful of events fills several. */
export const partitionSize = 100;

/** Cleans. Without a horizon no partition is left to fill: all that is delivered goes. */
export function clean(
  databases: TestDatabases,
  options: { readonly partitionSize?: number; readonly fillHorizonMs?: number } = {},
): Promise<CleanReport> {
  return cleanEventsOutbox({
    outbox: databases.outbox,
    eventPartitionSize: options.partitionSize ?? partitionSize,
    historyRetentionDays: 30,
    fillHorizonMs: options.fillHorizonMs ?? 0,
  });
}

export type BatchStatus = 'AWAITING_DELIVERY' | 'SENDING' | 'DELIVERED' | 'QUARANTINED' | 'DROPPED';

/** Seals batches of these sizes, and returns their ids. */
export async function sealBatches(databases: TestDatabases, sizes: readonly number[]): Promise<string[]> {
  const batchIds: string[] = [];
  for (const size of sizes) {
    const sealed = await sealBatch(databases.outbox, size, false);
    if (!sealed.sealed) throw new Error(`There are fewer than ${String(size)} events to seal.`);
    batchIds.push(sealed.batchId);
  }
  return batchIds;
}

/** Puts a batch into a status without sending it anywhere. */
export async function setStatus(
  { pool }: TestDatabases,
  batchId: string | undefined,
  status: BatchStatus,
): Promise<void> {
  await pool.query(
    `UPDATE waybill.batch
     SET status = $2,
         delivered_at = CASE $2 WHEN 'DELIVERED' THEN clock_timestamp() END,
         closed_at = CASE $2 WHEN 'DROPPED' THEN clock_timestamp() END,
         claimed_by = CASE $2 WHEN 'SENDING' THEN 'test' END,
         claim_expires_at = CASE $2 WHEN 'SENDING' THEN clock_timestamp() + interval '1 hour' END
     WHERE id = $1`,
    [batchId, status],
  );
}

/** Replaces a batch by two halves; the first gets the status, the second awaits delivery. */
export async function splitInHalves(
  databases: TestDatabases,
  batchId: string,
  firstStatus: BatchStatus,
): Promise<void> {
  await setStatus(databases, batchId, 'SENDING');
  const { rows } = await databases.pool.query<{ epoch: number; event_count: number }>(
    'SELECT claim_epoch AS epoch, event_count FROM waybill.batch WHERE id = $1',
    [batchId],
  );
  const { epoch = 0, event_count: eventCount = 0 } = rows[0] ?? {};
  const children = await replaceBatch(
    databases.outbox,
    {
      id: batchId,
      epoch,
      eventCount,
      attemptCount: 1,
      purgeParentId: undefined,
      firstEventTime: new Date(),
      lastEventTime: new Date(),
    },
    { runId: randomUUID(), startedAt: new Date(), durationMs: 1, rows: 0, bytes: 0 },
    {
      cuts: [Math.floor(eventCount / 2) + 1],
      purge: false,
      outcome: 'rejected',
    },
  );
  await setStatus(databases, children?.[0], firstStatus);
}

/** The ids of the events that the outbox holds. */
export async function outboxIds(database: Pick<TestDatabases, 'pool'>): Promise<number[]> {
  const { rows } = await database.pool.query<{ id: string }>('SELECT id FROM waybill.event ORDER BY id');
  return rows.map(({ id }) => Number(id));
}

/** The ids of those of them that are neither delivered nor dropped. */
export async function undeliveredIds(database: Pick<TestDatabases, 'pool'>): Promise<number[]> {
  const { rows } = await database.pool.query<{ id: string }>(
    `SELECT id FROM waybill.event
     WHERE NOT EXISTS (
       SELECT FROM waybill.batch
       WHERE batch.status IN ('DELIVERED', 'DROPPED') AND batch.event_ids @> event.id
     )
     ORDER BY id`,
  );
  return rows.map(({ id }) => Number(id));
}

/** The names of the partitions of table event, in order of their ids; the DEFAULT one is not among them. */
export async function partitionNames({ pool }: TestDatabases): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT child.relname AS name
     FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
     WHERE inhparent = 'waybill.event'::regclass AND child.relname <> 'event_default'`,
  );
  const from = (name: string): number => Number(name.replace('event_from_', ''));
  return rows.map(({ name }) => name).sort((one, other) => from(one) - from(other));
}

/** The numbers from `first` to `last`. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** A transaction of the application that has captured an event and stays open. */
export async function openCapture({ pool }: TestDatabases, events = 1): Promise<pg.PoolClient> {
  const client = await pool.connect();
  await client.query('BEGIN');
  await client.query(
    `INSERT INTO waybill.event (event_id, event_type, event_date_time, environment, event_context)
     SELECT gen_random_uuid(), 'slow', now(), 'test', '{}' FROM generate_series(1, $1::integer)`,
    [events],
  );
  return client;
}

/** Commits or rolls back a transaction and gives its connection back. */
export async function end(client: pg.PoolClient, how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
  await client.query(how);
  client.release();
}
