import type { Outbox, Queryable } from './database.js';

/** A partition of table `event`: the ids from `from` up to but without `to`. Ids fit a number until 2^53. */
export interface EventPartition {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Bytes of its rows on disk; 0 when it was emptied or never written to. */
  readonly bytes: number;
}

/**
 * The partitions of table `event` in id order, the DEFAULT one not among them.
 *
 * `OFFSET 0` has the bounds read once for each: they come from what is there now, not from the statement's snapshot, and of a
 * partition that is dropped meanwhile there are none. Read once more for the order, it would be taken for the last one.
 */
export async function readPartitions(outbox: Outbox, client: Queryable = outbox): Promise<EventPartition[]> {
  const { rows } = await client.query<{ name: string; from: string; to: string; bytes: string }>(
    `SELECT name, bounds[1] AS from, bounds[2] AS to, bytes
     FROM (
       SELECT child.relname AS name,
              regexp_match(pg_get_expr(child.relpartbound, child.oid), $$FROM \\('?(\\d+)'?\\) TO \\('?(\\d+)'?\\)$$) AS bounds,
              pg_relation_size(child.oid) AS bytes
       FROM pg_inherits
       JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
       WHERE pg_inherits.inhparent = to_regclass($1)
       OFFSET 0
     ) AS partition
     WHERE bounds IS NOT NULL
     ORDER BY bounds[1]::bigint`,
    [`${outbox.schema}.event`],
  );
  return rows.map(({ name, from, to, bytes }) => ({
    name,
    from: Number(from),
    to: Number(to),
    bytes: Number(bytes),
  }));
}
