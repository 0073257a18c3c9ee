import { queryRows, type EventLog } from './client.js';

export interface FullestPartition {
  readonly partition: string;
  readonly activeParts: number;
}

/** The partition of the event log's table with the most parts. Undefined when the table is empty. */
export async function readFullestPartition(
  eventLog: EventLog,
  signal?: AbortSignal,
): Promise<FullestPartition | undefined> {
  const [row] = await queryRows<{ partition: string; parts: string | number }>(
    eventLog,
    `SELECT partition, count() AS parts
     FROM system.parts
     WHERE active AND database = {database: String} AND table = {table: String}
     GROUP BY partition
     ORDER BY parts DESC
     LIMIT 1`,
    { database: eventLog.database, table: eventLog.table },
    signal,
  );
  return row === undefined ? undefined : { partition: row.partition, activeParts: Number(row.parts) };
}
