import { onlyRow, type Outbox } from './database.js';

/**
 * Batches are sealed in the order of `seq`, up to what lies between drawing it and asking the clock, and a clock that is
 * set back a little. Bounds reach further by this much, and the exact time is compared besides.
 */
const disorderMs = 60_000;

/**
 * The lowest `seq` that a batch sealed at or after `time` can have; with `end` the highest one below which those sealed
 * before `time` stand. Found by halving, some twenty look-ups among a million batches: an index on the time of sealing would
 * be written three times for each batch, and delivery would pay for it.
 */
export async function findSeqAt(outbox: Outbox, time: string, side: 'begin' | 'end'): Promise<string> {
  const { seq } = onlyRow(
    await outbox.query<{ seq: string }>(
      `WITH RECURSIVE halving (low, high) AS (
         SELECT coalesce(min(seq), 0), coalesce(max(seq), 0) + 1 FROM ${outbox.schema}.batch
         UNION ALL
         SELECT CASE WHEN probe.sealed_at < sought.at THEN probe.seq + 1 ELSE low END,
                CASE WHEN probe.sealed_at < sought.at THEN high ELSE (low + high) / 2 END
         FROM halving
         CROSS JOIN (SELECT $1::timestamptz + $2::double precision * interval '1 millisecond' AS at) AS sought
         LEFT JOIN LATERAL (
           SELECT batch.seq, batch.sealed_at
           FROM ${outbox.schema}.batch
           WHERE batch.seq >= (low + high) / 2 AND batch.seq < high
           ORDER BY batch.seq
           LIMIT 1
         ) AS probe ON true
         WHERE low < high
       )
       SELECT max(low) AS seq FROM halving`,
      [time, side === 'begin' ? -disorderMs : disorderMs],
    ),
  );
  return seq;
}
