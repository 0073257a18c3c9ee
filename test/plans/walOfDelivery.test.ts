import { startPostgres, type EmbeddedPostgres } from '@waybill/embedded';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventLogService } from '../../src/delivery/eventLogService.js';
import { deliveryPorts } from '../../src/delivery/ports.js';
import { closeOutbox, type Outbox } from '../../src/outbox/database.js';
import { cleanEventsOutbox } from '../../src/tasks/cleanEventsOutbox.js';
import { chosenPostgres } from '../support/chosenPostgres.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { seedEvents } from '../support/outbox.js';
import { openExplainedOutbox, type Executed } from './explainedOutbox.js';

const batchSize = 10_000;
const batches = 3;
/** Ids begin at 1: they fill the first partition whole. */
const eventCount = batches * batchSize - 1;
const partitionSize = batches * batchSize;
/** So that a record has 337 bytes as text. */
const contextBytes = 150;
const bytesPerRecordMax = 5;

/** Delivers and cleans what is seeded, all but its last batch being full ones. */
async function deliverAndClean(databases: TestDatabases, outbox: Outbox): Promise<void> {
  const service = new EventLogService(deliveryPorts(outbox, databases.eventLog), {
    partitionQuantity: batchSize,
    failedSendingRetries: 0,
    maxWaitMs: 0,
    concurrency: 1,
    claimLeaseMs: 600_000,
  });
  expect(await service.run()).toMatchObject({ endedBecause: 'drained', eventsDelivered: eventCount });
  const context = { outbox, eventPartitionSize: partitionSize, historyRetentionDays: 30, fillHorizonMs: 0 };
  expect((await cleanEventsOutbox(context)).partitions.dropped).toEqual(['event_from_0']);
}

/** An outbox as libraries keep it: each row is claimed, marked and deleted, a batch of them at a time. */
async function deliverRowByRow({ pool }: Pick<Outbox, 'pool'>): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ id: string }>(
      `UPDATE row_by_row SET status = 'sending', claimed_at = clock_timestamp()
       WHERE id IN (SELECT id FROM row_by_row WHERE status = 'new' ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING id, event_context`,
      [batchSize],
    );
    if (rows.length === 0) break;
    const ids = rows.map(({ id }) => id);
    await pool.query(`UPDATE row_by_row SET status = 'sent' WHERE id = ANY ($1::bigint[])`, [ids]);
  }
  await pool.query(`DELETE FROM row_by_row WHERE status = 'sent'`);
}

async function makeRowByRow({ pool }: TestDatabases): Promise<void> {
  await pool.query(`
    CREATE TABLE row_by_row (
      id bigint PRIMARY KEY, event_id uuid NOT NULL, event_type text NOT NULL, event_date_time timestamptz NOT NULL,
      environment text NOT NULL, event_context json NOT NULL, status text NOT NULL DEFAULT 'new', claimed_at timestamptz
    );
    CREATE INDEX row_by_row_unsent ON row_by_row (id) WHERE status = 'new';
    INSERT INTO row_by_row (id, event_id, event_type, event_date_time, environment, event_context)
    SELECT id, event_id, event_type, event_date_time, environment, event_context FROM waybill.event`);
}

function walBytes(statements: readonly Executed[]): number {
  return statements.reduce((sum, { plan }) => sum + plan['WAL Bytes'], 0);
}

interface Measured {
  readonly waybill: number;
  readonly rowByRow: number;
}

/** WAL bytes per record that the statements of each write after the insert. */
async function measure(postgresUrl: string): Promise<Measured> {
  const databases = await createDatabases({ postgresUrl, eventPartitionSize: partitionSize });
  const explained = openExplainedOutbox(databases.databaseUrl);
  try {
    await seedEvents(databases, eventCount, { contextBytes });
    await makeRowByRow(databases);
    const bytes = async (work: () => Promise<void>): Promise<number> => {
      const before = explained.executed.length;
      await work();
      return walBytes(explained.executed.slice(before)) / eventCount;
    };
    const rowByRow = await bytes(() => deliverRowByRow(explained.outbox));
    const waybill = await bytes(() => deliverAndClean(databases, explained.outbox));
    return { waybill, rowByRow };
  } finally {
    await closeOutbox(explained.outbox);
    await databases.drop();
  }
}

// After a checkpoint Postgres writes each page whole the first time it is touched, be it only by a reader (data
// checksums); and dropping any database is one. So this needs a server on which there is none meanwhile.
let postgres: EmbeddedPostgres;
beforeAll(async () => {
  const settings = { checkpoint_timeout: '1d', max_wal_size: '10GB', fsync: 'off' };
  postgres = await startPostgres({ ...chosenPostgres(), settings });
});
afterAll(() => postgres.stop());

describe('after the insert, a record that is delivered and cleaned', () => {
  it('costs a few bytes of WAL, and less than a fiftieth of what an outbox of single rows writes', async () => {
    const { waybill, rowByRow } = await measure(postgres.url);
    expect(waybill).toBeGreaterThan(0); // the statements are counted at all
    expect(waybill).toBeLessThan(bytesPerRecordMax);
    expect(waybill).toBeLessThan(rowByRow / 50);
  });
});
