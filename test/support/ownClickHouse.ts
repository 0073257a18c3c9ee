import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startClickHouse } from '@waybill/embedded';
import { migrateClickHouse } from '../../src/migration/clickhouseMigrations.js';
import type { TestDatabases } from './databases.js';
import { freePort } from './freePort.js';

/** A ClickHouse that a test may stop and kill: it comes back with the same data, on the same port. */
export interface OwnClickHouse {
  readonly url: string;
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Ends it for good and removes its data. */
  remove(): Promise<void>;
}

export async function startOwnClickHouse(): Promise<OwnClickHouse> {
  const dataDir = await mkdtemp(join(tmpdir(), 'waybill-test-'));
  let engine = await startClickHouse({ dataDir, port: await freePort() });
  const { url, httpPort: port } = engine;
  return {
    url,
    stop: () => engine.stop(),
    kill: () => engine.kill(),
    async restart() {
      engine = await startClickHouse({ dataDir, port });
    },
    async remove() {
      await engine.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Makes the table of the event log where the databases' own way to ClickHouse leads. */
export async function createEventLog({ eventLog, clickhouseDatabase }: TestDatabases): Promise<void> {
  await migrateClickHouse(eventLog, {
    clickhouseDatabase,
    clickhouseTable: 'event_log',
    clickhouseEngine: 'MergeTree',
  });
}
