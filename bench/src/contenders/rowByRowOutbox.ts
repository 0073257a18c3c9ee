import { createClient, type ClickHouseClient } from '@clickhouse/client';
import pg from 'pg';
import { recordColumns, recordsQuery } from '../backlog.js';
import type { BacklogTable, Contender } from './contender.js';
import { serveDrains, type ServeDrains } from './serveDrains.js';
import { inStreams } from './streaming.js';

/** A status in each row. */
export const statusTable: BacklogTable = {
  name: 'status',
  table: 'outbox',
  async prepare(_setup, pool) {
    await pool.query(`
      CREATE TABLE outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        event_id uuid NOT NULL,
        event_type text NOT NULL,
        event_date_time timestamptz NOT NULL,
        environment text NOT NULL,
        event_context json NOT NULL,
        metadata_version integer NOT NULL,
        subject text,
        traceparent text,
        status text NOT NULL DEFAULT 'AWAITING_DELIVERY'
      );
      CREATE INDEX outbox_awaiting_delivery ON outbox (id) WHERE status = 'AWAITING_DELIVERY'`);
  },
  fill: (first, last) => `
    INSERT INTO outbox (${recordColumns})
    SELECT event_id, event_type, event_date_time, environment, event_context::json, metadata_version, subject, traceparent
    FROM (${recordsQuery(first, last)}) AS record`,
};

/**
 * What outbox libraries do, at its best: a status in each row, but one statement a batch and not one a row; a partial index on what
 * is to be sent; the rows as pg parses them, sent as JSONEachRow, which is what a client takes objects in. One poller, as the
 * libraries run it; {@link rowByRowOutboxParallel} has as many as Waybill has streams.
 */
export const rowByRowOutbox: Contender = {
  name: 'rowByRowOutbox',
  title: 'row-by-row outbox',
  module: new URL(import.meta.url),
  memoryOf: 'process',
  backlog: statusTable,
};

interface OutboxRow {
  readonly id: string;
  readonly status: string;
  readonly event_date_time: Date;
}

/** Rows are claimed by SKIP LOCKED, so that pollers do not wait for each other. */
export function servePollers(pollers: number): ServeDrains {
  return serveDrains((setup) => {
    const pool = new pg.Pool({ connectionString: setup.databaseUrl, max: pollers });
    pool.on('error', () => undefined); // its last connection may still be closing when the database is dropped
    const clickhouse = createClient({ url: setup.clickhouseUrl });
    return Promise.resolve({
      drain: ({ limitMs }) =>
        inStreams(limitMs, () => sendNext(pool, clickhouse, setup.clickhouseTable, setup.batchSize), pollers),
      async close() {
        await clickhouse.close();
        await pool.end();
      },
    });
  });
}

export const serve = servePollers(1);

async function sendNext(
  pool: pg.Pool,
  clickhouse: ClickHouseClient,
  table: string,
  batchSize: number,
): Promise<number> {
  const { rows } = await pool.query<OutboxRow>(
    `UPDATE outbox
     SET status = 'SENDING'
     WHERE id IN (
       SELECT id
       FROM outbox
       WHERE status = 'AWAITING_DELIVERY'
       ORDER BY id
       LIMIT $1
       FOR UPDATE SKIP LOCKED
     )
     RETURNING *`,
    [batchSize],
  );
  if (rows.length === 0) return 0;
  const ids = rows.map(({ id }) => id);
  // Columns that the table lacks are skipped, and the context is stored as its text: both are ClickHouse's defaults.
  await clickhouse.insert({
    table,
    values: rows,
    format: 'JSONEachRow',
    clickhouse_settings: { date_time_input_format: 'best_effort', async_insert: 0 },
  });
  await pool.query(`UPDATE outbox SET status = 'DELIVERED' WHERE id = ANY($1)`, [ids]);
  await pool.query('DELETE FROM outbox WHERE id = ANY($1)', [ids]);
  return rows.length;
}
