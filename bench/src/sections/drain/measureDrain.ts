import { setTimeout as delay } from 'node:timers/promises';
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import pg from 'pg';
import type { BenchEngines } from '../../engines.js';
import {
  type Contender,
  type ContenderName,
  type DrainOrder,
  type DrainResult,
  type DrainSetup,
} from '../../contenders/contender.js';
import { readPostgresWork, workBetween } from '../../measuring/postgresMeter.js';
import {
  MemorySampler,
  readCpuSeconds,
  readDescendantsBytes,
  readPeakBytes,
} from '../../measuring/processMeter.js';
import { startBenchProcess, type BenchProcess } from '../../processes/benchProcess.js';
import { StoredRecords } from './storedRecords.js';

/** What one drain cost. */
export interface DrainSample {
  readonly contender: ContenderName;
  readonly batchSize: number;
  /** Records that were there; `rows` of them were delivered within the time. */
  readonly backlogRows: number;
  readonly rows: number;
  readonly batches: number;
  readonly seconds: number;
  readonly rowsPerSecond: number;
  /** CPU seconds per million rows: of the contender's process or processes, of the two servers. */
  readonly contenderCpu: number;
  readonly postgresCpu: number;
  readonly clickhouseCpu: number;
  /** Null where ClickHouse does the work, which has no process of its own. */
  readonly peakMegabytes: number | null;
  readonly walBytesPerRow: number;
  /** Without those of a drain that finds nothing. */
  readonly statementsPerBatch: number;
}

export interface DrainRequest {
  readonly batchSize: number;
  readonly rows: number;
  /** No batch is taken up after that. */
  readonly limitMs: number;
}

/** What a batch under way may take beyond the limit. */
const overtimeMs = 60_000;

type DrainProcess = BenchProcess<DrainOrder, DrainResult>;

/**
 * Has contenders drain backlogs, each drain in a process, a database and a table of its own that are gone afterwards. What each
 * has stored is compared with what was drained, and with what the others have stored.
 */
export class DrainMeter {
  readonly #engines: BenchEngines;
  readonly #clickhouse: ClickHouseClient;
  readonly #stored: StoredRecords;
  #drains = 0;

  private constructor(engines: BenchEngines, clickhouse: ClickHouseClient, stored: StoredRecords) {
    this.#engines = engines;
    this.#clickhouse = clickhouse;
    this.#stored = stored;
  }

  static async open(engines: BenchEngines): Promise<DrainMeter> {
    const clickhouse = createClient({ url: engines.clickhouse.url });
    return new DrainMeter(engines, clickhouse, await StoredRecords.open(engines, clickhouse));
  }

  async measure(contender: Contender, request: DrainRequest): Promise<DrainSample> {
    this.#drains += 1;
    const name = `bench_drain_${String(this.#drains)}`;
    const setup: DrainSetup = {
      databaseUrl: await this.#engines.createDatabase(name),
      clickhouseUrl: this.#engines.clickhouse.url,
      clickhouseTable: name,
      batchSize: request.batchSize,
    };
    const pool = new pg.Pool({ connectionString: setup.databaseUrl, max: 1 });
    pool.on('error', () => undefined); // its last connection may still be closing when the database is dropped
    try {
      await contender.prepare(setup, pool);
      await this.#stored.ensureTable(name);
      const drainer: DrainProcess = await startBenchProcess(contender.module, setup);
      try {
        return await this.#measureIn(drainer, contender, setup, pool, request);
      } finally {
        await drainer.stop();
      }
    } finally {
      await pool.end();
      await this.#engines.dropDatabase(name);
      await this.#stored.dropTable(name);
    }
  }

  async close(): Promise<void> {
    await this.#stored.close();
    await this.#clickhouse.close();
  }

  async #measureIn(
    drainer: DrainProcess,
    contender: Contender,
    setup: DrainSetup,
    pool: pg.Pool,
    { batchSize, rows: backlogRows, limitMs }: DrainRequest,
  ): Promise<DrainSample> {
    const { warmUpRows } = contender;
    const { idleStatements, delivered } = await this.#warmUp(drainer, contender, setup, pool);
    const firstId = warmUpRows + 1;
    const lastId = warmUpRows + backlogRows;
    await fill(pool, contender, firstId, lastId);

    const { postgres, clickhouse } = this.#engines;
    const sampler = new MemorySampler(drainer.pid, readDescendantsBytes);
    const readAll = async () => ({
      postgresWork: await readPostgresWork(pool),
      contenderCpu: readCpuSeconds(drainer.pid),
      postgresCpu: readCpuSeconds(postgres.pid),
      clickhouseCpu: readCpuSeconds(clickhouse.pid),
    });
    const before = await readAll();
    const result = await bounded(
      drainer.ask({ kind: 'drain', firstId, lastId, limitMs }),
      limitMs + overtimeMs,
    ).finally(() => {
      sampler.stop();
    });
    const after = await readAll();
    const memoryBytes = {
      process: () => readPeakBytes(drainer.pid),
      children: () => sampler.peakBytes,
      none: () => null,
    }[contender.memoryOf]();
    await this.#stored.verify(setup.clickhouseTable, contender.title, delivered + result.rows, lastId);

    const { rows, batches } = result;
    if (rows === 0) throw new Error(`${contender.title} has delivered nothing within ${String(limitMs)} ms.`);
    const work = workBetween(before.postgresWork, after.postgresWork);
    const perMillion = (used: number): number => (used / rows) * 1e6;
    return {
      contender: contender.name,
      batchSize,
      backlogRows,
      rows,
      batches,
      seconds: result.elapsedMs / 1_000,
      rowsPerSecond: rows / (result.elapsedMs / 1_000),
      contenderCpu: perMillion(after.contenderCpu - before.contenderCpu),
      postgresCpu: perMillion(after.postgresCpu - before.postgresCpu),
      clickhouseCpu: perMillion(after.clickhouseCpu - before.clickhouseCpu),
      peakMegabytes: memoryBytes === null ? null : memoryBytes / 1e6,
      walBytesPerRow: work.walBytes / rows,
      // Where the time was over before, it has not looked in vain.
      statementsPerBatch: (work.statements - (result.foundNothing ? idleStatements : 0)) / batches,
    };
  }

  /**
   * Has everything loaded, compiled and connected by delivering a little, and then has it drain what is empty.
   * @returns the statements of the latter, which are what a drain costs whatever it delivers, and the records delivered
   */
  async #warmUp(
    drainer: DrainProcess,
    contender: Contender,
    setup: DrainSetup,
    pool: pg.Pool,
  ): Promise<{ readonly idleStatements: number; readonly delivered: number }> {
    const { warmUpRows } = contender;
    await fill(pool, contender, 1, warmUpRows);
    const { rows } = await bounded(
      drainer.ask({ kind: 'warmUp', firstId: 1, lastId: warmUpRows }),
      overtimeMs,
    );
    await this.#stored.verify(setup.clickhouseTable, contender.title, rows, warmUpRows);
    const before = await readPostgresWork(pool);
    await bounded(drainer.ask({ kind: 'drain', firstId: 1, lastId: 0, limitMs: 1_000 }), overtimeMs);
    return { idleStatements: workBetween(before, await readPostgresWork(pool)).statements, delivered: rows };
  }
}

/** Stores records, and leaves the table as autovacuum would: with statistics, and with nothing left that it would come for meanwhile. */
async function fill(pool: pg.Pool, contender: Contender, first: number, last: number): Promise<void> {
  await pool.query(contender.fill(first, last));
  await pool.query(`VACUUM (ANALYZE) ${contender.table}`);
}

async function bounded<Result>(work: Promise<Result>, timeoutMs: number): Promise<Result> {
  const over = new AbortController();
  const timeout = delay(timeoutMs, undefined, { signal: over.signal }).then(() => {
    throw new Error(`A drain has not ended within ${String(timeoutMs)} ms.`);
  });
  timeout.catch(() => undefined); // aborted: the work was done in time
  try {
    return await Promise.race([work, timeout]);
  } finally {
    over.abort();
  }
}
