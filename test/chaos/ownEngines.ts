import { rm } from 'node:fs/promises';
import { startPostgres } from '@waybill/embedded';
import type { Random } from '../sealing/seededRandom.js';
import { startOwnClickHouse } from '../support/ownClickHouse.js';
import type { EngineUrls } from './soakDatabases.js';

/** Engines that a round may kill: they come back with the same data, on the same ports. */
export interface OwnEngines {
  readonly urls: EngineUrls;
  /** SIGKILL for one of them, and a start. */
  killOne(random: Random): Promise<void>;
  remove(): Promise<void>;
}

export async function startOwnEngines(): Promise<OwnEngines> {
  const clickhouse = await startOwnClickHouse();
  const first = await startPostgres();
  const { port, dataDir } = first;
  let postgres = first;
  return {
    urls: { postgresUrl: first.url, clickhouseUrl: clickhouse.url },
    async killOne(random) {
      if (random.integer(0, 1) === 0) {
        await clickhouse.kill();
        await clickhouse.restart();
      } else {
        await postgres.kill();
        postgres = await startPostgres({ dataDir, port });
      }
    },
    async remove() {
      await clickhouse.remove();
      await postgres.stop();
      await first.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
