import { onlyRow, type Outbox } from './database.js';

/** Batches delivered in the busiest hour of the last day, by the runs that began in it. */
export async function readDeliveryPace(outbox: Outbox): Promise<number> {
  const result = await outbox.query<{ batches: string }>(
    `SELECT coalesce(max(batches), 0) AS batches
     FROM (
       SELECT sum(batches_delivered) AS batches
       FROM ${outbox.schema}.run
       WHERE started_at > clock_timestamp() - interval '1 day'
       GROUP BY date_trunc('hour', started_at)
     ) AS hour`,
  );
  return Number(onlyRow(result).batches);
}
