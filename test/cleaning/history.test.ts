import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deleteHistory } from '../../src/outbox/deleteHistory.js';
import { clean, partitionSize, range, sealBatches, setStatus, splitInHalves } from '../support/cleaning.js';
import { readBatches, seedEvents, testDatabases } from '../support/outbox.js';

describe('the retention of history', () => {
  it('takes settled and cleaned batches, attempts and runs that are older, and nothing else', async () => {
    const databases = await testDatabases({ eventPartitionSize: partitionSize });
    await seedEvents(databases, 80);
    const [old, fresh, awaiting, sending, quarantined, uncleaned, dropped, split = ''] = await sealBatches(
      databases,
      range(1, 8).map(() => 10),
    );
    await setStatus(databases, dropped, 'DROPPED');
    await splitInHalves(databases, split, 'DELIVERED');
    for (const batchId of [old, fresh, uncleaned]) await setStatus(databases, batchId, 'DELIVERED');
    await setStatus(databases, sending, 'SENDING');
    await setStatus(databases, quarantined, 'QUARANTINED');
    await clean(databases); // their events are gone now
    await databases.pool.query('UPDATE waybill.batch SET cleaned_at = NULL WHERE id = $1', [uncleaned]);
    // All of them are old, but one.
    await databases.pool.query(
      `UPDATE waybill.batch
       SET sealed_at = sealed_at - interval '31 days',
           delivered_at = delivered_at - interval '31 days',
           closed_at = closed_at - interval '31 days',
           cleaned_at = cleaned_at - interval '31 days'
       WHERE id <> $1 AND (parent_id IS NULL OR status <> 'DELIVERED')`,
      [fresh],
    );
    const { pool } = databases;
    for (const days of [29, 31]) {
      await pool.query(
        `INSERT INTO waybill.run (id, worker, started_at)
         VALUES ($1, 'worker of ' || $2::text, clock_timestamp() - $2::integer * interval '1 day')`,
        [randomUUID(), days],
      );
      await pool.query(
        `INSERT INTO waybill.attempt (batch_id, run_id, number, outcome, started_at, duration_ms, rows, bytes)
         VALUES ($1, $1, $2, 'delivered', clock_timestamp() - $2::integer * interval '1 day', 1, 1, 1)`,
        [randomUUID(), days],
      );
    }

    expect(await deleteHistory(databases.outbox, 30)).toEqual({ batches: 3, attempts: 1, runs: 1 });

    const left = (await readBatches(databases)).map(({ id }) => id);
    expect(left.slice(0, 5)).toEqual([fresh, awaiting, sending, quarantined, uncleaned]);
    expect(left).toHaveLength(7); // and the children of the batch that was split
    const { rows: attempts } = await pool.query<{ number: number }>(
      'SELECT number FROM waybill.attempt WHERE number > 1',
    );
    expect(attempts).toEqual([{ number: 29 }]);
    const { rows: runs } = await pool.query<{ worker: string }>('SELECT worker FROM waybill.run');
    expect(runs).toEqual([{ worker: 'worker of 29' }]);
  });
});
