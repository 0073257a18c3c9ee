import { readTasks } from '../../../src/outbox/readTasks.js';
import { requestTaskRun } from '../../../src/outbox/requestTaskRun.js';
import { startOwnPostgres } from '../../support/ownPostgres.js';
import type { EngineKind } from './engineKind.js';

/** The clock in Postgres. Its broker is the Postgres that holds the outbox. */
export const postgresKind: EngineKind = {
  name: 'postgres',
  engine: 'postgres',
  intervalMsMin: 1_000,
  clockIsPostgres: true,
  async startBroker() {
    const postgres = await startOwnPostgres();
    return {
      postgresUrl: postgres.url,
      stop: () => postgres.stop(),
      restart: () => postgres.restart(),
      remove: () => postgres.remove(),
      openQueue: ({ outbox }) =>
        Promise.resolve({
          options: {},
          async trigger(task, ttlMs) {
            const requestedAt = await requestTaskRun(outbox, { name: task, performedBy: 'the suite', ttlMs });
            if (requestedAt === 'unknown') throw new Error(`No worker has entered ${task}.`);
            return {
              async isAnswered() {
                const found = (await readTasks(outbox)).find(({ name }) => name === task);
                const waiting = found?.runRequestedAt;
                return waiting === undefined || waiting > requestedAt;
              },
            };
          },
          close: () => Promise.resolve(),
        }),
    };
  },
};
