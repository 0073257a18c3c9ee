import { recordColumns, recordsQuery } from '../backlog.js';
import type { BacklogTable } from './contender.js';

/** The table that is read by id range: the columns of an event, not partitioned, with nothing for bookkeeping. */
const plainTableText = `
  CREATE TABLE record (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    event_date_time timestamptz NOT NULL,
    environment text NOT NULL,
    event_context json NOT NULL,
    metadata_version integer NOT NULL,
    subject text,
    traceparent text
  )`;

export const plainTable: BacklogTable = {
  name: 'plain',
  table: 'record',
  async prepare(_setup, pool) {
    await pool.query(plainTableText);
  },
  fill: (first, last) => `
    INSERT INTO record (${recordColumns})
    SELECT event_id, event_type, event_date_time, environment, event_context::json, metadata_version, subject, traceparent
    FROM (${recordsQuery(first, last)}) AS record`,
};
