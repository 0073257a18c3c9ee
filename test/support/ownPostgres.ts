import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@waybill/embedded';
import { chosenPostgres } from './chosenPostgres.js';
import { freePort } from './freePort.js';

/** A Postgres that a test may stop and kill: it comes back with the same data, on the same port. */
export interface OwnPostgres {
  readonly url: string;
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Ends it for good and removes its data. */
  remove(): Promise<void>;
}

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const { binDir } = chosenPostgres();
  const options = binDir === undefined ? {} : { binDir };
  const asked = await mkdtemp(join(tmpdir(), 'waybill-test-'));
  let server = await startPostgres({ ...options, dataDir: asked, port: await freePort() });
  // Another directory, where the user that runs Postgres cannot reach this one.
  const { url, port, dataDir } = server;
  return {
    url,
    stop: () => server.stop(),
    kill: () => server.kill(),
    async restart() {
      server = await startPostgres({ ...options, dataDir, port });
    },
    async remove() {
      await server.stop();
      for (const directory of [dataDir, asked]) await rm(directory, { recursive: true, force: true });
    },
  };
}
