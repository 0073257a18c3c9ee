import PgBoss from 'pg-boss';
import { DatabaseSetupExporter } from 'pg-transactional-outbox';
import pg from 'pg';

/** The columns of Waybill's table `event` and their types: a plain table with an identity and a primary key. */
const eventColumns = `
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id uuid NOT NULL,
  event_type text NOT NULL,
  event_date_time timestamptz NOT NULL,
  environment text NOT NULL,
  event_context json NOT NULL,
  metadata_version integer NOT NULL DEFAULT 1,
  subject text,
  traceparent text`;

const tables = `
  CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id text NOT NULL,
    total_cents integer NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE hand_outbox (${eventColumns});
  CREATE TABLE status_outbox (${eventColumns}, status text NOT NULL DEFAULT 'pending');
  CREATE INDEX status_outbox_pending ON status_outbox (id) WHERE status = 'pending';`;

export const pgBossQueue = 'order-events';

/** Every table that any way writes to, but Waybill's. Each product's own are made as its documentation says. */
export async function createCaptureTables(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(tables);
    await client.query(pgTransactionalOutboxSetup(new URL(databaseUrl)));
  } finally {
    await client.end();
  }
  await createPgBossQueue(databaseUrl);
}

function pgTransactionalOutboxSetup(url: URL): string {
  const role = decodeURIComponent(url.username);
  const withoutRoles = true; // the owner of the database plays both
  return DatabaseSetupExporter.createPollingScript(
    {
      outboxOrInbox: 'outbox',
      database: url.pathname.slice(1),
      schema: 'public',
      table: 'outbox',
      listenerRole: role,
      handlerRole: role,
      nextMessagesName: 'next_outbox_messages',
    },
    withoutRoles,
  );
}

async function createPgBossQueue(databaseUrl: string): Promise<void> {
  const boss = new PgBoss({ connectionString: databaseUrl, supervise: false, schedule: false });
  let failure: Error | undefined;
  boss.on('error', (error) => {
    failure = error;
  });
  await boss.start();
  await boss.createQueue(pgBossQueue);
  await boss.stop({ graceful: false });
  if (failure !== undefined) throw failure;
}
