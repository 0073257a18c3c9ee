import { onlyRow, type Outbox } from './database.js';
import type { EventPartition } from './readPartitions.js';

export interface DefaultPartition {
  readonly holdsEvents: boolean;
  readonly bytes: number;
}

/**
 * What lies in the DEFAULT partition of table `event`, which takes the ids that belong to none of the `partitions`. It
 * is read through `event`, on which a worker has its rights.
 */
export async function readDefaultPartition(
  outbox: Outbox,
  partitions: readonly EventPartition[],
): Promise<DefaultPartition> {
  const ranges = partitions.map(({ from, to }) => `[${String(from)},${String(to)})`);
  const row = onlyRow(
    await outbox.query<{ holds_events: boolean; bytes: string }>(
      `SELECT EXISTS (
                SELECT
                FROM unnest('{[0,)}'::int8multirange - $1::int8multirange) AS gap
                CROSS JOIN LATERAL (
                  SELECT FROM ${outbox.schema}.event
                  WHERE event.id >= lower(gap) AND event.id <= coalesce(upper(gap) - 1, 9223372036854775807)
                  LIMIT 1
                ) AS event_in_gap
              ) AS holds_events,
              pg_relation_size(to_regclass($2)) AS bytes`,
      [`{${ranges.join(',')}}`, `${outbox.schema}.event_default`],
    ),
  );
  return { holdsEvents: row.holds_events, bytes: Number(row.bytes) };
}
