import { describe, expect, it } from 'vitest';
import { captureEvents } from '../../src/capture/captureEvents.js';
import { clean, partitionNames, partitionSize } from '../support/cleaning.js';
import type { TestDatabases } from '../support/databases.js';
import { deadRows } from '../support/deadRows.js';
import { expectExactlyOnce, testDatabases } from '../support/outbox.js';

async function capture(
  { pool }: TestDatabases,
  count: number,
  how: 'COMMIT' | 'ROLLBACK' = 'COMMIT',
): Promise<string[]> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const ids = await captureEvents(
      client,
      Array.from({ length: count }, (_, item) => ({ eventType: 'counted', eventContext: { item } })),
    );
    await client.query(how);
    return how === 'COMMIT' ? ids : [];
  } finally {
    client.release();
  }
}

describe('table event', () => {
  it('has no dead row after its partitions were filled, delivered and dropped, round after round', async () => {
    const databases = await testDatabases({ eventPartitionSize: partitionSize });
    await databases.pool.query('CREATE EXTENSION pgstattuple');
    const committed: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      // Up to the last id of a partition; the first one has no id 0.
      for (let left = round === 0 ? partitionSize - 1 : partitionSize; left > 0; left -= Math.min(left, 15))
        committed.push(...(await capture(databases, Math.min(left, 15))));
      await databases.service({ partitionQuantity: 40, maxWaitMs: 0 }).run();
      expect(await deadRows(databases)).toBe(0);
      expect((await clean(databases)).partitions.dropped).toEqual([
        `event_from_${String(round * partitionSize)}`,
      ]);
      expect(await deadRows(databases)).toBe(0);
    }
    expect((await partitionNames(databases))[0]).toBe(`event_from_${String(5 * partitionSize)}`);
    await expectExactlyOnce(databases, committed);
  });

  it('has those of rolled-back transactions only until their partition is dropped', async () => {
    const databases = await testDatabases({ eventPartitionSize: partitionSize });
    await databases.pool.query('CREATE EXTENSION pgstattuple');
    await capture(databases, 30);
    await capture(databases, 20, 'ROLLBACK');
    await capture(databases, partitionSize - 51);
    await databases.service({ partitionQuantity: 40, maxWaitMs: 0 }).run();
    expect(await deadRows(databases)).toBeGreaterThan(0);
    expect((await clean(databases)).partitions.dropped).toEqual(['event_from_0']);
    expect(await deadRows(databases)).toBe(0);
  });
});
