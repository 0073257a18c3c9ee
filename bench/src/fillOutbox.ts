import type { WaybillOutbox } from './waybillOutbox.js';

/**
 * One event of an order, whose row is 337 bytes of COPY text as it goes to ClickHouse. `number` is an expression in SQL.
 * Its id is that of a moment, as capture makes it.
 */
function eventColumns(number: string): string {
  return `uuidv7(), 'order_placed', clock_timestamp(), 'production',
    ('{"orderId":"' || lpad((${number})::text, 10, '0') || '","customerId":"c-000004711","totalCents":12990,"currency":"EUR",'
      || '"items":[{"sku":"AB-1234","quantity":2}],"note":""}')::json,
    'order:' || lpad((${number})::text, 8, '0'), '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'`;
}

const insertEvents = `INSERT INTO waybill.event
  (event_id, event_type, event_date_time, environment, event_context, subject, traceparent)`;

/** Ids that one INSERT fills. */
const chunk = 100_000;
const connections = 2;

/** Commits events in large statements, on two connections. Partitions are made ahead as the ids grow. */
export async function fillOutbox(outbox: WaybillOutbox, count: number): Promise<void> {
  const { eventPartitionSize } = outbox.options;
  for (let filled = 0; filled < count; filled += eventPartitionSize) {
    let left = Math.min(eventPartitionSize, count - filled);
    const fill = async (): Promise<void> => {
      while (left > 0) {
        const rows = Math.min(chunk, left);
        left -= rows;
        await outbox.pool.query(
          `${insertEvents} SELECT ${eventColumns('number')} FROM generate_series(1, $1::integer) AS number`,
          [rows],
        );
      }
    };
    await Promise.all(Array.from({ length: connections }, fill));
    await outbox.makePartitionsAhead();
  }
}

/** Transactions of one event each. */
const transactionsProcedure = `
  CREATE OR REPLACE PROCEDURE commit_events(first_number integer, last_number integer, rolled_back_every integer)
  LANGUAGE plpgsql AS $procedure$
  BEGIN
    FOR number IN first_number..last_number LOOP
      ${insertEvents} SELECT ${eventColumns('number')};
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
  const each = Math.ceil(transactions / transactionConnections);
  const run = async (connection: number): Promise<void> => {
    const client = await outbox.pool.connect();
    try {
      await client.query('SET synchronous_commit = off');
      const first = connection * each + 1;
      const last = Math.min(transactions, first + each - 1);
      // Beyond any number of transactions, where none is to roll back.
      await client.query(
        `CALL commit_events(${String(first)}, ${String(last)}, ${String(rolledBackEvery ?? 2 ** 31 - 1)})`,
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
