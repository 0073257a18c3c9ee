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
  storeUnderToken,
  type Databases,
  type Engines,
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

/** The type of events that the event log of the scenarios refuses. */
export const refusedType = 'refused';
/** The type of events at which a view fails that reads it. Its table has stored them by then, so they are delivered. */
const failingType = 'failing';

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

/** Both databases up to date, with an event log that refuses some events, and a view on it that fails at others. */
async function createMigrated(engines: Engines, empty: Template): Promise<Scenario> {
  const template = await copyDatabases(engines, empty, 'migrated');
  const { name, databaseUrl, clickhouseUrl } = template;
  await migrateDatabases({ databaseUrl, clickhouseUrl, clickhouseDatabase: name, eventPartitionSize });
  await inClickHouse(engines, async (client) => {
    for (const query of [
      `ALTER TABLE ${name}.event_log ADD CONSTRAINT guard CHECK event_type <> '${refusedType}'`,
      `CREATE TABLE ${name}.viewed (event_type String) ENGINE = Null`,
      // Passes no row on, so that it adds none to what an insert reports as written.
      `CREATE MATERIALIZED VIEW ${name}.view TO ${name}.viewed AS
       SELECT event_type FROM ${name}.event_log
       WHERE throwIf(event_type = '${failingType}', 'a view has failed') <> 0`,
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
 * An outbox full of all that delivery meets: events over several partitions, three batches that were attempted by a worker
 * which died, of two of which ClickHouse holds other rows than theirs, and events that it refuses.
 */
async function createUndelivered(engines: Engines, migrated: Template): Promise<Scenario> {
  const template = await copyDatabases(engines, migrated, 'undelivered');
  const stored = newOrder('half of it twice', batchEvents);
  const part = newOrder('a part of it', batchEvents);
  const attempted = newOrder('attempted', batchEvents);
  await placeOrders(template, [stored, part, attempted]);
  await inPostgres(template.databaseUrl, async (client) => {
    for (let batch = 0; batch < 3; batch += 1)
      await client.query('SELECT waybill.seal_batch($1)', [batchEvents]);
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
  const [first = [], second = []] = await readSealed(template);
  const half = first.slice(0, batchEvents / 2);
  const spentTokens = [
    { batchId: first[0]?.batch_id ?? '', rows: [...half, ...half] },
    { batchId: second[0]?.batch_id ?? '', rows: second.slice(0, batchEvents / 3) },
  ];
  await inClickHouse(engines, async (client) => {
    for (const spent of spentTokens) await storeUnderToken(client, template.name, spent);
  });
  const plain = newOrder('plain', batchEvents);
  await placeOrders(template, [plain], 100_001);
  const refused = newOrder('refused', batchEvents, { 36: refusedType, 70: refusedType });
  const twoMonths = newOrder('two months', batchEvents);
  const few = newOrder('few', 3, { 1: failingType });
  await placeOrders(template, [refused, twoMonths, few], 310_001);
  return {
    template: { ...template, spentTokens },
    orders: [stored, part, attempted, plain, refused, twoMonths, few],
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

interface EventLogRow {
  readonly batch_id: string;
}

/** The rows of each sealed batch, as the event log takes them. */
async function readSealed({ databaseUrl }: Template): Promise<EventLogRow[][]> {
  return inPostgres(databaseUrl, async (client) => {
    const { rows } = await client.query<{ sealed: EventLogRow[] }>(
      `SELECT json_agg(json_build_object(
                'event_id', event_id, 'event_type', event_type, 'environment', environment, 'subject', subject,
                'event_date_time', to_char(event_date_time AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
                'event_context', event_context::text, 'metadata_version', metadata_version, 'batch_id', batch.id
              ) ORDER BY event.id) AS sealed
       FROM waybill.event JOIN waybill.batch ON batch.event_ids @> event.id
       GROUP BY batch.seq ORDER BY batch.seq`,
    );
    return rows.map(({ sealed }) => sealed);
  });
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
