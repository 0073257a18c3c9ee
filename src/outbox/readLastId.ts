import { onlyRow, type Outbox, type Queryable } from './database.js';

/** The newest id drawn so far, committed or not; 0 when there is none. */
export async function readLastId(outbox: Outbox, client: Queryable = outbox): Promise<number> {
  const result = await client.query<{ last_id: string }>(
    `SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence($1, 'id')::regclass), 0) AS last_id`,
    [`${outbox.schema}.event`],
  );
  return Number(onlyRow(result).last_id);
}
