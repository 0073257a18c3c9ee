import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@waybill/embedded';
import { expect, it, onTestFinished } from 'vitest';
import { EventLogService } from '../../src/delivery/eventLogService.js';
import { deliveryPorts, type DeliveryPorts } from '../../src/delivery/ports.js';
import { chosenPostgres } from '../support/chosenPostgres.js';
import { expectExactlyOnce, readBatches, seedEvents, testDatabases } from '../support/outbox.js';
import { waitUntil } from '../support/waitUntil.js';

// A mark's commit does not wait for the disk, so a crash of Postgres may undo it although the worker was told it was done.
it('delivers a batch once whose mark Postgres lost in a crash', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'waybill-mark-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  let postgres = await startPostgres({ ...chosenPostgres(), dataDir });
  onTestFinished(() => postgres.stop());
  const databases = await testDatabases({ postgresUrl: postgres.url });
  const committed = await seedEvents(databases, 100);
  const { rows } = await databases.pool.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'`,
  );
  const walWriter = rows[0]?.pid ?? 0;
  expect(walWriter).toBeGreaterThan(0);

  const ports = deliveryPorts(databases.outbox, databases.eventLog);
  let marked: boolean | undefined;
  const killedAfterTheMark: DeliveryPorts = {
    ...ports,
    outbox: {
      ...ports.outbox,
      async markDelivered(batch, attempt) {
        process.kill(walWriter, 'SIGSTOP'); // it would bring the mark to the disk within moments
        marked = await ports.outbox.markDelivered(batch, attempt);
        await postgres.kill();
        process.kill(walWriter, 'SIGKILL');
        return marked;
      },
    },
  };
  const options = { partitionQuantity: 100, failedSendingRetries: 0, concurrency: 1, claimLeaseMs: 5_000 };
  await new EventLogService(killedAfterTheMark, options).run();
  expect(marked).toBe(true);
  await expectExactlyOnce(databases, committed);

  postgres = await startPostgres({ ...chosenPostgres(), dataDir, port: postgres.port });
  const [lost] = await readBatches(databases);
  expect(lost).toMatchObject({ status: 'SENDING' });
  await waitUntil('the batch is marked again', async () => {
    await new EventLogService(ports, options).run();
    return (await readBatches(databases)).every(({ status }) => status === 'DELIVERED');
  });
  await expectExactlyOnce(databases, committed);
});
