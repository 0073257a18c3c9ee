import { describe, expect, inject, it } from 'vitest';
import { sealBatch } from '../support/sealBatch.js';
import { clean, partitionSize } from '../support/cleaning.js';
import type { TestDatabases } from '../support/databases.js';
import { seedEvents, testDatabases, testProxy } from '../support/outbox.js';

/** How many records have which status. */
async function statuses({ pool }: TestDatabases): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ status: string; records: number }>(
    'SELECT status, count(*)::integer AS records FROM waybill.event_status GROUP BY status',
  );
  return Object.fromEntries(rows.map(({ status, records }) => [status, records]));
}

describe('the view event_status', () => {
  it('shows the status of each record from its capture until it is cleaned', async () => {
    const proxy = await testProxy(inject('clickhouseUrl'));
    const databases = await testDatabases({ clickhouseUrl: proxy.url, eventPartitionSize: partitionSize });
    await seedEvents(databases, 150);
    expect(await statuses(databases)).toEqual({ AWAITING_DELIVERY: 150 });

    await sealBatch(databases.outbox, 50, false);
    expect(await statuses(databases)).toEqual({ AWAITING_DELIVERY: 150 });

    const fault = proxy.spoilNextInsert({ kind: 'stallAnswer' });
    const run = databases.service({ partitionQuantity: 100, concurrency: 1 }).run();
    await fault.reached;
    expect(await statuses(databases)).toEqual({ SENDING: 50, AWAITING_DELIVERY: 100 });
    fault.release();
    await run;
    expect(await statuses(databases)).toEqual({ DELIVERED: 150 });

    await seedEvents(databases, 20);
    await proxy.refuse();
    await databases.service({ partitionQuantity: 20, failedSendingRetries: 0 }).run();
    expect(await statuses(databases)).toEqual({ DELIVERED: 150, AWAITING_DELIVERY: 20 });

    await databases.pool.query(
      `UPDATE waybill.batch SET status = 'QUARANTINED' WHERE status = 'AWAITING_DELIVERY'`,
    );
    await clean(databases);
    expect(await statuses(databases)).toEqual({ QUARANTINED: 20 });
  });

  it('shows for each record which batch owns it', async () => {
    const databases = await testDatabases();
    const [eventId] = await seedEvents(databases, 1);
    await seedEvents(databases, 1);
    const sealed = await sealBatch(databases.outbox, 1, false);
    const { rows } = await databases.pool.query('SELECT * FROM waybill.event_status ORDER BY id');
    expect(rows).toMatchObject([
      {
        event_id: eventId,
        event_type: 'seeded',
        subject: null,
        status: 'AWAITING_DELIVERY',
        batch_id: sealed.sealed ? sealed.batchId : undefined,
      },
      { status: 'AWAITING_DELIVERY', batch_id: null },
    ]);
  });

  it('lets the younger batch speak for a record that two own', async () => {
    const databases = await testDatabases();
    await seedEvents(databases, 2);
    await sealBatch(databases.outbox, 2, false);
    await databases.pool.query(
      `INSERT INTO waybill.batch (event_ids, event_count, first_event_time, last_event_time, oldest_captured_at,
                                  status, parent_id)
       SELECT '{[2,3)}', 1, first_event_time, last_event_time, oldest_captured_at, 'QUARANTINED', id
       FROM waybill.batch`,
    );
    const { rows } = await databases.pool.query('SELECT status FROM waybill.event_status ORDER BY id');
    expect(rows).toEqual([{ status: 'AWAITING_DELIVERY' }, { status: 'QUARANTINED' }]);
  });
});
