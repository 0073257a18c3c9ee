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

  const ports = deliveryPorts(databases.outbox, databases.eventLog);
  let marked: boolean | undefined;
  const killedAfterTheMark: DeliveryPorts = {
    ...ports,
    outbox: {
      ...ports.outbox,
      async markDelivered(batch, attempt) {
        const { rows: processes } = await databases.pool.query<{ pid: number; backend_type: string }>(
          'SELECT pid, backend_type FROM pg_stat_activity',
        );
        const walWriter = processes.find(({ backend_type }) => backend_type === 'walwriter');
        process.kill(walWriter?.pid ?? NaN, 'SIGSTOP'); // it would bring the mark to the disk within moments
        marked = await ports.outbox.markDelivered(batch, attempt);
        await postgres.kill();
        // Whoever waits for the one that was stopped does not notice that the server has gone.
        for (const { pid } of processes) killIfThere(pid);
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

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
