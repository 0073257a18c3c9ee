import { createClient } from '@clickhouse/client';
import PgBoss from 'pg-boss';
import { recordsQuery } from '../backlog.js';
import type { BacklogTable, Contender } from './contender.js';
import { serveDrains } from './serveDrains.js';
import { inStreams } from './streaming.js';

const queue = 'event-log';

/** Nothing of pg-boss runs beside the queue: no maintenance, no schedule. */
function openBoss(databaseUrl: string): PgBoss {
  const boss = new PgBoss({ connectionString: databaseUrl, supervise: false, schedule: false });
  boss.on('error', (error) => process.stderr.write(`pg-boss: ${error.message}\n`));
  return boss;
}

const jobs: BacklogTable = {
  name: 'pg_boss',
  table: 'pgboss.job',
  async prepare({ databaseUrl }) {
    const boss = openBoss(databaseUrl);
    await boss.start();
    await boss.createQueue(queue);
    await boss.stop({ graceful: false, close: true });
  },
  // Its documentation names INSERT as the way for those who do not send from Node.js.
  fill: (first, last) => `
    INSERT INTO pgboss.job (name, data)
    SELECT '${queue}', jsonb_build_object(
      'event_id', event_id,
      'event_type', event_type,
      'event_date_time', event_date_time,
      'environment', environment,
      'event_context', event_context::jsonb,
      'metadata_version', metadata_version,
      'subject', subject,
      'traceparent', traceparent
    )
    FROM (${recordsQuery(first, last)}) AS record`,
};

/**
 * A queue whose job is an event: jobs are fetched by the batch, inserted with one statement and completed by the batch, which is
 * the fastest way that its documentation has. Priorities are not asked for, which spares a sort by them.
 */
export const pgBoss: Contender = {
  name: 'pgBoss',
  title: 'pg-boss 10',
  module: new URL(import.meta.url),
  memoryOf: 'process',
  backlog: jobs,
};

export const serve = serveDrains(async (setup) => {
  const boss = openBoss(setup.databaseUrl);
  await boss.start();
  const clickhouse = createClient({ url: setup.clickhouseUrl });

  const sendNext = async (): Promise<number> => {
    const fetched = await boss.fetch<object>(queue, { batchSize: setup.batchSize, priority: false });
    if (fetched.length === 0) return 0;
    await clickhouse.insert({
      table: setup.clickhouseTable,
      values: fetched.map(({ data }) => data),
      format: 'JSONEachRow',
      clickhouse_settings: { date_time_input_format: 'best_effort', async_insert: 0 },
    });
    await boss.complete(
      queue,
      fetched.map(({ id }) => id),
    );
    return fetched.length;
  };

  return {
    drain: ({ limitMs }) => inStreams(limitMs, sendNext),
    async close() {
      await clickhouse.close();
      await boss.stop({ graceful: false, close: true });
    },
  };
});
