import { Pool } from 'pg';
import { migrateDatabases, openEventLogService } from 'waybill/worker';
import { printPostgresMigrations } from '../../../dist/migration/postgresMigrations.js';
import {
  copyDatabases,
  copyEventLog,
  createDatabases,
  dropDatabases,
  inClickHouse,
  inPostgres,
  storePart,
  type Databases,
  type Engines,
  type SpentToken,
  type Template,
} from './databases.js';
import type { LedgerOrder } from './ledger.js';
import { batchEvents, eventPartitionSize, type Role } from './roleProcess.js';
import { createShop, placeDirectly } from './shop.js';

/** Databases as each role finds them, with the orders that were placed there. */
export interface Scenario {
  readonly template: Template;
  readonly orders: readonly LedgerOrder[];
}

export type Scenarios = Readonly<Record<Role, Scenario>>;

/** The type of events that the event log of the scenarios refuses by a constraint. */
const refusedByTable = 'refused_by_table';
/** And by a view that reads it: when the view refuses a row, the table has stored it already. */
const refusedByView = 'refused_by_view';

export function isRefused(eventType: string): boolean {
  return eventType === refusedByTable || eventType === refusedByView;
}

/** Makes the databases of all roles. */
export async function createScenarios(engines: Engines): Promise<Scenarios> {
  const migrator = await createEmpty(engines);
  const producer = await createMigrated(engines, migrator.template);
  const upgrader = await createFirstRelease(engines, migrator.template, producer.template);
  const worker = await createUndelivered(engines, producer.template);
  const cleaner = await createDelivered(engines, worker);
  return { migrator, producer, upgrader, worker, cleaner };
}

export async function dropScenarios(engines: Engines, scenarios: Scenarios): Promise<void> {
  for (const { template } of Object.values(scenarios)) await dropDatabases(engines, template);
}

/** The application without Waybill. */
async function createEmpty(engines: Engines): Promise<Scenario> {
  const template = await createDatabases(engines, 'empty');
  await inPostgres(template.databaseUrl, (client) => client.query(createShop));
  return { template, orders: [] };
}

/** Both databases up to date, with an event log that refuses some types of events. */
async function createMigrated(engines: Engines, empty: Template): Promise<Scenario> {
  const template = await copyDatabases(engines, empty, 'migrated');
  const { name, databaseUrl, clickhouseUrl } = template;
  await migrateDatabases({ databaseUrl, clickhouseUrl, clickhouseDatabase: name, eventPartitionSize });
  await inClickHouse(engines, async (client) => {
    for (const query of [
      `ALTER TABLE ${name}.event_log ADD CONSTRAINT guard CHECK event_type <> '${refusedByTable}'`,
      `CREATE TABLE ${name}.refused (event_type String) ENGINE = Null`,
      // Passes no row on, so that it adds none to what an insert reports as written.
      `CREATE MATERIALIZED VIEW ${name}.guard TO ${name}.refused AS
       SELECT event_type FROM ${name}.event_log
       WHERE throwIf(event_type = '${refusedByView}', 'refused by a view') <> 0`,
    ])
      await client.command({ query });
  });
  return { template, orders: [] };
}

/** An outbox as the first release left it, with events in a batch and events in none. */
async function createFirstRelease(engines: Engines, empty: Template, migrated: Template): Promise<Scenario> {
  const template = await copyDatabases(engines, empty, 'first');
  await copyEventLog(engines, migrated, template);
  const all = printPostgresMigrations('"waybill"');
  const firstRelease = `${all.slice(0, all.search(/^-- 0003_/m))} COMMIT;`;
  await inPostgres(template.databaseUrl, (client) => client.query(firstRelease));
  const orders = [newOrder('first a', 30), newOrder('first b', 12)];
  await placeOrders(template, orders);
  await inPostgres(template.databaseUrl, (client) => client.query('SELECT waybill.seal_batch(20)'));
  return { template, orders };
}

/**
 * An outbox full of all that delivery meets: events over several partitions, two batches that were attempted by a worker
 * which died, of one of which ClickHouse has stored a part, and events that it refuses.
 */
async function createUndelivered(engines: Engines, migrated: Template): Promise<Scenario> {
  const template = await copyDatabases(engines, migrated, 'undelivered');
  const stored = newOrder('partly stored', batchEvents);
  const attempted = newOrder('attempted', batchEvents);
  await placeOrders(template, [stored, attempted]);
  await inPostgres(template.databaseUrl, async (client) => {
    await client.query('SELECT waybill.seal_batch($1), waybill.seal_batch($1)', [batchEvents]);
    await client.query(
      `UPDATE waybill.batch SET status = 'SENDING', claimed_by = 'a worker that died', claim_epoch = 1,
              claim_expires_at = clock_timestamp(), attempt_count = 1`,
    );
    // The cleaning has a role of its own.
    await client.query(
      `INSERT INTO waybill.task (name, interval_ms, next_due_at)
       VALUES ('clean_events_outbox', 1440 * 60000, clock_timestamp() + interval '1 day')`,
    );
  });
  const spentToken = await storeSomeRows(engines, template);
  const plain = newOrder('plain', batchEvents);
  await placeOrders(template, [plain], 100_001);
  const refused = newOrder('refused', batchEvents, { 36: refusedByTable });
  const twoMonths = newOrder('two months', batchEvents);
  const few = newOrder('few', 3, { 1: refusedByView });
  await placeOrders(template, [refused, twoMonths, few], 310_001);
  return {
    template: { ...template, spentToken },
    orders: [stored, attempted, plain, refused, twoMonths, few],
  };
}

/** The same after delivery, with some of its record past the retention, and with orders that came later. */
async function createDelivered(engines: Engines, undelivered: Scenario): Promise<Scenario> {
  const template = await copyDatabases(engines, undelivered.template, 'delivered');
  await deliverAll(template);
  const late = [newOrder('late a', 40), newOrder('late b', 25)];
  await placeOrders(template, late, 520_001);
  await inPostgres(template.databaseUrl, async (client) => {
    await client.query('SELECT waybill.seal_batch(50)');
    await client.query(
      `UPDATE waybill.batch SET delivered_at = delivered_at - interval '40 days'
       WHERE status = 'DELIVERED' AND seq % 2 = 0`,
    );
    await client.query(
      `UPDATE waybill.attempt SET started_at = started_at - interval '40 days' WHERE id % 2 = 0`,
    );
    await client.query(
      `UPDATE waybill.run SET started_at = started_at - interval '40 days' WHERE events_delivered > 0`,
    );
  });
  return { template, orders: [...undelivered.orders, ...late] };
}

/** Longest that a delivery of what a scenario holds may take. */
const deliveryDeadlineMs = 60_000;

/** Delivers all there is, by the service in this process. */
export async function deliverAll({ databaseUrl, clickhouseUrl, name }: Databases): Promise<void> {
  const delivery = openEventLogService({
    databaseUrl,
    clickhouseUrl,
    clickhouseDatabase: name,
    logEventsPartitionQuantity: batchEvents,
    logEventsMaxWaitInMinutes: 0,
    claimLeaseInSeconds: 1,
  });
  try {
    const deadline = performance.now() + deliveryDeadlineMs;
    for (;;) {
      const { endedBecause, eventsDelivered, error } = await delivery.service.run();
      const { rows } = await delivery.outbox.query<{ waiting: boolean }>(
        `SELECT EXISTS (
           SELECT FROM waybill.event_status WHERE status IN ('AWAITING_DELIVERY', 'SENDING')
         ) AS waiting`,
      );
      if (endedBecause === 'drained' && eventsDelivered === 0 && rows[0]?.waiting === false) return;
      if (performance.now() > deadline)
        throw new Error(`Not all was delivered in time: ${endedBecause}, ${error?.text ?? 'no error'}`);
    }
  } finally {
    await delivery.close();
  }
}

async function storeSomeRows(engines: Engines, { name, databaseUrl }: Template): Promise<SpentToken> {
  const { rows } = await inPostgres(databaseUrl, (client) =>
    client.query<{ batch_id: string }>(
      `SELECT event.event_id, event_type, to_char(event_date_time AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')
                AS event_date_time,
              environment, event_context::text, metadata_version, subject, batch.id AS batch_id
       FROM waybill.event JOIN waybill.batch ON batch.event_ids @> event.id
       WHERE batch.seq = (SELECT min(seq) FROM waybill.batch)
       ORDER BY event.id LIMIT 40`,
    ),
  );
  const spentToken = { batchId: rows[0]?.batch_id ?? '', rows };
  await inClickHouse(engines, (client) => storePart(client, name, spentToken));
  return spentToken;
}

/** Bytes of a context, about: a batch of such events has half a megabyte. */
const contextBytes = 5_000;
const monthMs = 31 * 24 * 60 * 60 * 1_000;

function newOrder(
  order: string,
  eventCount: number,
  types: Readonly<Record<number, string>> = {},
): LedgerOrder {
  const nowMs = Date.now();
  const events = Array.from({ length: eventCount }, (_, index) => ({
    subject: `${order}#${String(index)}`,
    eventType: types[index] ?? 'order_placed',
    eventTimeMs: order === 'two months' && index % 2 === 0 ? nowMs - monthMs : nowMs,
    context: JSON.stringify({ order, index, note: 'tab\t, line\n, back\\slash. '.repeat(contextBytes / 25) }),
  }));
  return { order, events };
}

/** Places orders. With `firstId` their events get ids from there on, as if many had come before. */
async function placeOrders(
  { databaseUrl }: Databases,
  orders: readonly LedgerOrder[],
  firstId?: number,
): Promise<void> {
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  try {
    if (firstId !== undefined)
      await pool.query(`SELECT setval(pg_get_serial_sequence('waybill.event', 'id'), $1, false)`, [firstId]);
    const client = await pool.connect();
    for (const order of orders) await placeDirectly(client, order);
    client.release();
  } finally {
    await pool.end();
  }
}
