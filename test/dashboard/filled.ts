import { requestTaskRun } from '../../src/outbox/requestTaskRun.js';
import { scheduleTask } from '../../src/outbox/scheduleTask.js';
import { inClickHouse } from '../support/clickhouse.js';
import type { TestDatabases } from '../support/databases.js';
import { seedEvents, testDatabases } from '../support/outbox.js';

/** What a dashboard has to show of everything. */
export interface FilledDatabases extends TestDatabases {
  readonly deliveredIds: readonly string[];
  readonly quarantinedIds: readonly string[];
  readonly awaitingIds: readonly string[];
}

/** Ten events delivered, of whose batches two events were refused; three more wait in no batch; and one run asked for. */
export async function filledDatabases(): Promise<FilledDatabases> {
  const databases = await testDatabases();
  const { outbox, pool } = databases;
  await inClickHouse(
    databases,
    `ALTER TABLE DB.event_log ADD CONSTRAINT no_bad CHECK event_type NOT LIKE 'bad%'`,
  );
  const committed = await seedEvents(databases, 12);
  const quarantinedIds = committed.filter((_, at) => at === 2 || at === 7);
  await pool.query(
    `UPDATE waybill.event SET event_type = 'bad_order', subject = 'order:1' WHERE event_id = ANY ($1)`,
    [quarantinedIds],
  );
  await databases.service({ partitionQuantity: 12 }).run();
  const awaitingIds = await seedEvents(databases, 3);
  await scheduleTask(outbox, { name: 'process_events', intervalMs: 600_000, engine: 'postgres' });
  await scheduleTask(outbox, { name: 'clean_events_outbox', intervalMs: 86_400_000, engine: 'postgres' });
  await requestTaskRun(outbox, { name: 'clean_events_outbox', performedBy: 'ann', reason: 'to see' });
  const deliveredIds = committed.filter((id) => !quarantinedIds.includes(id));
  return { ...databases, deliveredIds, quarantinedIds, awaitingIds };
}

/** Inserts one event as an application would, with whatever it holds. */
export async function insertEvent(
  { pool }: Pick<TestDatabases, 'pool'>,
  event: {
    readonly type?: string;
    readonly context?: unknown;
    readonly subject?: string | null;
    readonly environment?: string;
    readonly traceparent?: string | null;
    readonly at?: string;
    readonly id?: string;
  },
): Promise<string> {
  const { rows } = await pool.query<{ event_id: string }>(
    `INSERT INTO waybill.event
       (event_id, event_type, event_date_time, environment, event_context, subject, traceparent)
     VALUES (coalesce($1::uuid, gen_random_uuid()), $2, coalesce($3::timestamptz, now()), $4, $5, $6, $7)
     RETURNING event_id`,
    [
      event.id ?? null,
      event.type ?? 'order_placed',
      event.at ?? null,
      event.environment ?? 'test',
      JSON.stringify(event.context ?? {}),
      event.subject ?? null,
      event.traceparent ?? null,
    ],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('An insert returned no row.');
  return row.event_id;
}

/** Delivers everything that waits, in batches of any size. */
export async function deliverAll(databases: TestDatabases, quantity = 1_000): Promise<void> {
  await databases.service({ partitionQuantity: quantity, maxWaitMs: 0 }).run();
}
