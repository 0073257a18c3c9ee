import { join } from 'node:path';
import type { ClickHouseOptions, EmbeddedClickHouse } from './clickhouse/clickHouseOptions.js';
import { startClickHouse } from './clickhouse/startClickHouse.js';
import { EmbeddedError } from './embeddedError.js';
import type { EngineOptions } from './options.js';
import type { EmbeddedPostgres, PostgresOptions } from './postgres/postgresOptions.js';
import { startPostgres } from './postgres/startPostgres.js';
import { waitUntil } from './process/waitUntil.js';

export interface EnginesOptions extends Omit<EngineOptions, 'port'> {
  /** Postgres's `binDir`. */
  postgresBinDir?: string;
}

export interface Engines {
  readonly postgres: EmbeddedPostgres;
  readonly clickhouse: EmbeddedClickHouse;
  /** Stops both. */
  stop(): Promise<void>;
}

/** How long ClickHouse is tried again by whoever has the Postgres of a directory. */
const TAKE_OVER_MS_MAX = 10_000;
const TAKE_OVER_EVERY_MS = 200;

/**
 * Starts both engines at once, in the directories `postgres` and `clickhouse` of the data directory.
 * Of two processes that start on one directory at the same time, each may get one engine. Then the one with Postgres
 * wins: the other gives its ClickHouse up, and the winner tries again until it has.
 * @throws EmbeddedError of the one that failed; the other is stopped first
 */
export async function startEngines(options: EnginesOptions = {}): Promise<Engines> {
  const { postgresBinDir, dataDir, ...shared } = options;
  const postgresOptions: PostgresOptions = {
    ...shared,
    ...(postgresBinDir === undefined ? {} : { binDir: postgresBinDir }),
    ...(dataDir === undefined ? {} : { dataDir: join(dataDir, 'postgres') }),
  };
  const clickhouseOptions: ClickHouseOptions = {
    ...shared,
    ...(dataDir === undefined ? {} : { dataDir: join(dataDir, 'clickhouse') }),
  };
  const [first, second] = await Promise.allSettled([
    startPostgres(postgresOptions),
    startClickHouse(clickhouseOptions),
  ]);
  if (first.status === 'rejected') {
    if (second.status === 'fulfilled') await second.value.stop();
    throw first.reason;
  }
  const postgres = first.value;
  try {
    const clickhouse =
      second.status === 'fulfilled' ? second.value : await takeOver(clickhouseOptions, second.reason);
    return {
      postgres,
      clickhouse,
      stop: async () => {
        await stopBoth(postgres, clickhouse);
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function takeOver(options: ClickHouseOptions, refusal: unknown): Promise<EmbeddedClickHouse> {
  let clickhouse: EmbeddedClickHouse | undefined;
  let lastRefusal = refusal;
  await waitUntil(
    async () => {
      if (!(lastRefusal instanceof EmbeddedError) || lastRefusal.code !== 'DATA_DIR_IN_USE') return true;
      try {
        clickhouse = await startClickHouse(options);
        return true;
      } catch (error) {
        lastRefusal = error;
        return false;
      }
    },
    { timeoutMs: TAKE_OVER_MS_MAX, everyMs: TAKE_OVER_EVERY_MS },
  );
  if (clickhouse === undefined) throw lastRefusal;
  return clickhouse;
}

async function stopBoth(postgres: EmbeddedPostgres, clickhouse: EmbeddedClickHouse): Promise<void> {
  const outcomes = await Promise.allSettled([postgres.stop(), clickhouse.stop()]);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
