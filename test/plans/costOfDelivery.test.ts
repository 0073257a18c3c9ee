import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventLogService } from '../../src/delivery/eventLogService.js';
import { deliveryPorts } from '../../src/delivery/ports.js';
import { closeOutbox } from '../../src/outbox/database.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { openExplainedOutbox, type ExplainedOutbox } from './explainedOutbox.js';

let databases: TestDatabases;
let explained: ExplainedOutbox;
beforeEach(async () => {
  databases = await createDatabases();
  explained = openExplainedOutbox(databases.databaseUrl);
});
afterEach(async () => {
  await closeOutbox(explained.outbox);
  await databases.drop();
});

/** Delivers `count` events as one batch. */
async function deliverOneBatch(count: number): Promise<void> {
  await databases.pool.query(
    `INSERT INTO waybill.event (event_id, event_type, event_date_time, environment, event_context)
     SELECT gen_random_uuid(), 'counted', now(), 'test', '{}' FROM generate_series(1, $1)`,
    [count],
  );
  const service = new EventLogService(deliveryPorts(explained.outbox, databases.eventLog), {
    partitionQuantity: count,
    failedSendingRetries: 0,
    concurrency: 1,
    claimLeaseMs: 600_000,
  });
  expect(await service.run()).toMatchObject({
    endedBecause: 'drained',
    batchesDelivered: 1,
    eventsDelivered: count,
  });
}

describe('delivering a batch', () => {
  it('takes as many statements for 20,000 events as for 10', async () => {
    const statementsFor = async (count: number): Promise<string[]> => {
      const before = explained.executed.length;
      await deliverOneBatch(count);
      const names = explained.executed
        .slice(before)
        .map(({ text }) => text.replaceAll(/'[0-9a-f-]{36}'/g, '$batch'));
      return names.sort();
    };
    const few = await statementsFor(10);
    expect(few.length).toBeGreaterThan(5);
    expect(await statementsFor(20_000)).toEqual(few);
  });

  it('leaves every event row as it was written: none updated, deleted or locked', async () => {
    const rowVersions = async (): Promise<unknown> =>
      (await databases.pool.query('SELECT tableoid, ctid, xmin, xmax, id FROM waybill.event ORDER BY id'))
        .rows;
    await databases.pool.query(
      `INSERT INTO waybill.event (event_id, event_type, event_date_time, environment, event_context)
       SELECT gen_random_uuid(), 'kept', now(), 'test', '{}' FROM generate_series(1, 500)`,
    );
    const before = await rowVersions();
    await databases.service({ partitionQuantity: 100 }).run();
    expect(
      (await databases.pool.query(`SELECT FROM waybill.batch WHERE status = 'DELIVERED'`)).rowCount,
    ).toBe(5);
    expect(await rowVersions()).toEqual(before);

    // The same look notices a row that is merely locked.
    await databases.pool.query('SELECT FROM waybill.event WHERE id = 1 FOR UPDATE');
    expect(await rowVersions()).not.toEqual(before);
  });
});
