import { onlyRow } from '../../src/outbox/database.js';
import type { TestDatabases } from './databases.js';

/** Dead rows of table event and of its partitions, counted row by row; needs the extension pgstattuple. */
export async function deadRows({ pool }: Pick<TestDatabases, 'pool'>): Promise<number> {
  const { dead } = onlyRow(
    await pool.query<{ dead: string }>(
      `SELECT sum((pgstattuple(relid)).dead_tuple_count) AS dead FROM pg_partition_tree('waybill.event') WHERE isleaf`,
    ),
  );
  return Number(dead);
}
