import { onlyRow, type Outbox } from './database.js';
import { readPartitions } from './readPartitions.js';

/**
 * Notes as cleaned all delivered or dropped batches whose events went with dropped partitions: those that lie wholly below every
 * partition that still holds rows. One statement, however many batches there are.
 * @returns how many batches were noted
 */
export async function markDroppedCleaned(outbox: Outbox): Promise<number> {
  // First: no row comes below it any more, so that what is found empty after this stays so.
  const { sealed_below: sealedBelow } = onlyRow(
    await outbox.query<{ sealed_below: string }>(`SELECT sealed_below FROM ${outbox.schema}.seal_cursor`),
  );
  const oldest = (await readPartitions(outbox)).find((partition) => partition.bytes > 0);
  const { rowCount } = await outbox.query(
    `UPDATE ${outbox.schema}.batch
     SET cleaned_at = clock_timestamp()
     WHERE status IN ('DELIVERED', 'DROPPED') AND cleaned_at IS NULL
       AND upper(event_ids) <= least($1::bigint, $2::bigint, (SELECT min(id) FROM ${outbox.schema}.event_default))`,
    [sealedBelow, oldest?.from ?? null],
  );
  return rowCount ?? 0;
}
