import { onlyRow, type Outbox } from './database.js';

const minutes = 10;

/** Events delivered a second, over the last ten minutes. */
export async function readEventPace(outbox: Outbox): Promise<number> {
  const result = await outbox.query<{ events: string }>(
    `SELECT coalesce(sum(event_count), 0) AS events
     FROM ${outbox.schema}.batch
     WHERE status = 'DELIVERED' AND delivered_at > clock_timestamp() - make_interval(mins => $1)`,
    [minutes],
  );
  return Number(onlyRow(result).events) / (minutes * 60);
}
