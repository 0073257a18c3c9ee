import { describe, expect, it, onTestFinished } from 'vitest';
import type { GivenOptions } from '../../src/config/options.js';
import type { Logger } from '../../src/observe/logger.js';
import { readTasks } from '../../src/outbox/readTasks.js';
import { createWorker, type Worker } from '../../src/tasks/worker.js';
import { inClickHouse } from '../support/clickhouse.js';
import { runCommand } from '../support/command.js';
import type { TestDatabases } from '../support/databases.js';
import { arrivals, exactlyOnce, seedEvents, testDatabases } from '../support/outbox.js';
import { waitUntil } from '../support/waitUntil.js';

interface Watched {
  readonly worker: Worker;
  readonly warnings: string[];
}

function startable(databases: TestDatabases, given: GivenOptions = {}): Watched {
  const warnings: string[] = [];
  const note = (_fields: object, message: string): number => warnings.push(message);
  const logger: Logger = { debug: () => undefined, info: () => undefined, warn: note, error: note };
  const worker = createWorker({
    ...databases.given,
    logEventsPartitionQuantity: 100,
    logSendingFrequencyInMinutes: 0.005,
    ...given,
    logger,
  });
  onTestFinished(() => worker.stop());
  return { worker, warnings };
}

describe('a worker', () => {
  it('refuses to start on a table that would double, says what to do, and starts once that is done', async () => {
    const databases = await testDatabases();
    const committed = await seedEvents(databases, 100);
    await inClickHouse(
      databases,
      'ALTER TABLE DB.event_log MODIFY SETTING non_replicated_deduplication_window = 0',
    );
    const refused = startable(databases).worker.start();
    await expect(refused).rejects.toMatchObject({
      code: 'TABLE_WOULD_DOUBLE',
      message: expect.stringMatching(/did not start.*nothing is lost.*ALTER TABLE .* = 10000/s) as string,
    });
    expect(await readTasks(databases.outbox)).toEqual([]);

    await inClickHouse(
      databases,
      'ALTER TABLE DB.event_log MODIFY SETTING non_replicated_deduplication_window = 10000',
    );
    await startable(databases).worker.start();
    await waitUntil('all is delivered', async () => (await arrivals(databases, committed)).lost === 0);
    expect(await arrivals(databases, committed)).toEqual(exactlyOnce);
  });

  it('names everything that is fatal on both sides when it refuses, and exits with 3', async () => {
    const databases = await testDatabases();
    await databases.pool.query('ALTER TABLE waybill.event ALTER COLUMN id SET CACHE 5');
    await inClickHouse(databases, 'ALTER TABLE DB.event_log DROP COLUMN subject, DROP COLUMN traceparent');
    const { exitCode, stderr } = await runCommand(['worker'], databases.environment);
    expect(exitCode).toBe(3);
    for (const told of ['SEQUENCE_CACHED', 'no column subject', 'no column traceparent', 'waybill doctor'])
      expect(stderr).toContain(told);
  });

  it('starts, with a warning in its log, where ClickHouse cannot be reached', async () => {
    const databases = await testDatabases();
    const { worker, warnings } = startable(databases, { clickhouseUrl: 'http://127.0.0.1:1' });
    await worker.start();
    expect(warnings).toContain('ClickHouse cannot be reached; events are kept in the outbox until it can');
  });

  it('says what Postgres says where that cannot be reached', async () => {
    const databases = await testDatabases();
    const { worker } = startable(databases, { databaseUrl: 'postgres://u@127.0.0.1:1/x' });
    await expect(worker.start()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('that runs notices a breaking migration at the next task, sends nothing more, and goes on when it is undone', async () => {
    const databases = await testDatabases();
    const { worker } = startable(databases, { outboxCleanInMinutes: 0.005 });
    await worker.start();
    await databases.pool.query(
      `INSERT INTO waybill.migration (number, name, breaking, checksum) VALUES (9999, '9999_future', true, 'x')`,
    );
    await waitUntil('both tasks have noticed', async () =>
      (await readTasks(databases.outbox)).every(
        ({ lastError }) => lastError?.includes('9999_future') === true,
      ),
    );
    const committed = await seedEvents(databases, 100);
    const { lastStartedAt } = await processEventsTask(databases);
    await waitUntil('it was due once more', async () => {
      const task = await processEventsTask(databases);
      return task.lastStartedAt > lastStartedAt && task.lastFinishedAt > task.lastStartedAt;
    });
    expect((await arrivals(databases, committed)).lost).toBe(100);

    await databases.pool.query('DELETE FROM waybill.migration WHERE number = 9999');
    await waitUntil('all is delivered', async () => (await arrivals(databases, committed)).lost === 0);
    expect(await arrivals(databases, committed)).toEqual(exactlyOnce);
  });
});

async function processEventsTask({
  outbox,
}: TestDatabases): Promise<{ lastStartedAt: Date; lastFinishedAt: Date }> {
  const task = (await readTasks(outbox)).find(({ name }) => name === 'process_events');
  const { lastStartedAt = new Date(0), lastFinishedAt = new Date(0) } = task ?? {};
  return { lastStartedAt, lastFinishedAt };
}
