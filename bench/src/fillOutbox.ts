import { recordColumns, recordsQuery } from './backlog.js';
import type { WaybillOutbox } from './waybillOutbox.js';

/** Stores the records `first` to `last`, numbers or expressions in SQL. */
export function insertRecords(first: number | string, last: number | string): string {
  return `
    INSERT INTO waybill.event (${recordColumns})
    SELECT event_id, event_type, event_date_time, environment, event_context::json, metadata_version, subject, traceparent
    FROM (${recordsQuery(first, last)}) AS record`;
}

/** The number of the next record, by the ids of those that are there: no two in an outbox are the same. */
async function nextNumber({ pool }: WaybillOutbox): Promise<number> {
  const { rows } = await pool.query<{ next: string }>(
    'SELECT coalesce(max(id), 0) + 1 AS next FROM waybill.event',
  );
  return Number(rows[0]?.next);
}

/** Ids that one INSERT fills. */
const chunk = 100_000;
const connections = 2;

/** Commits events in large statements, on two connections. Partitions are made ahead as the ids grow. */
export async function fillOutbox(outbox: WaybillOutbox, count: number): Promise<void> {
  const { eventPartitionSize } = outbox.options;
  let next = await nextNumber(outbox);
  for (let filled = 0; filled < count; filled += eventPartitionSize) {
    let left = Math.min(eventPartitionSize, count - filled);
    const fill = async (): Promise<void> => {
      while (left > 0) {
        const rows = Math.min(chunk, left);
        left -= rows;
        const first = next;
        next += rows;
        await outbox.pool.query(insertRecords(first, next - 1));
      }
    };
    await Promise.all(Array.from({ length: connections }, fill));
    await outbox.makePartitionsAhead();
  }
}

/** Transactions of one event each. */
const transactionsProcedure = `
  CREATE OR REPLACE PROCEDURE commit_events(base bigint, first_number integer, last_number integer, rolled_back_every integer)
  LANGUAGE plpgsql AS $procedure$
  BEGIN
    FOR number IN first_number..last_number LOOP
      ${insertRecords('base + number', 'base + number')};
      IF number % rolled_back_every = 0 THEN ROLLBACK; ELSE COMMIT; END IF;
    END LOOP;
  END
  $procedure$`;

const transactionConnections = 4;

export interface TransactionsOptions {
  readonly transactions: number;
  /** Every so many-th transaction rolls back. None when not given. */
  readonly rolledBackEvery?: number | undefined;
}

/**
 * Runs transactions of one event each on four connections at the same time, so that their ids are interleaved. They are
 * not waited for on disk (synchronous_commit = off): it is what they leave that is measured.
 */
export async function commitEvents(
  outbox: WaybillOutbox,
  { transactions, rolledBackEvery }: TransactionsOptions,
): Promise<void> {
  await outbox.pool.query(transactionsProcedure);
  const base = (await nextNumber(outbox)) - 1;
  const each = Math.ceil(transactions / transactionConnections);
  const run = async (connection: number): Promise<void> => {
    const client = await outbox.pool.connect();
    try {
      await client.query('SET synchronous_commit = off');
      const first = connection * each + 1;
      const last = Math.min(transactions, first + each - 1);
      // Beyond any number of transactions, where none is to roll back.
      await client.query(
        `CALL commit_events(${String(base)}, ${String(first)}, ${String(last)}, ${String(rolledBackEvery ?? 2 ** 31 - 1)})`,
      );
    } finally {
      client.release(true);
    }
  };
  await Promise.all(Array.from({ length: transactionConnections }, (_, connection) => run(connection)));
  await outbox.makePartitionsAhead();
}

/**
 * Makes all events that are there delivered ones, without sending them anywhere: the batches, attempts and the cursor are
 * as their delivery would have left them an hour ago: to a cleaning the outbox is quiet, and it does not leave the newest
 * partition to fill. There must be no gaps in their ids.
 */
export async function markAllDelivered(outbox: WaybillOutbox, batchSize: number): Promise<void> {
  await outbox.pool.query(
    `WITH batches AS (
       INSERT INTO waybill.batch
         (event_ids, event_count, first_event_time, last_event_time, oldest_captured_at, status, delivered_at,
          attempt_count, claim_epoch)
       SELECT int8multirange(int8range(first_id, least(first_id + $1, past_id))), least($1, past_id - first_id),
              now(), now(), now(), 'DELIVERED', now() - interval '1 hour', 1, 1
       FROM (SELECT max(id) + 1 AS past_id FROM waybill.event) AS newest,
            generate_series(1, past_id - 1, $1) AS first_id
       RETURNING id, event_count
     )
     INSERT INTO waybill.attempt (batch_id, run_id, number, outcome, started_at, duration_ms, rows, bytes)
     SELECT id, gen_random_uuid(), 1, 'delivered', now(), 50, event_count, 337 * event_count FROM batches`,
    [batchSize],
  );
  await outbox.pool.query(
    'UPDATE waybill.seal_cursor SET sealed_below = (SELECT max(id) + 1 FROM waybill.event)',
  );
}
