import { setTimeout as delay } from 'node:timers/promises';
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import pg from 'pg';
import type { BenchEngines } from '../../engines.js';
import type {
  Contender,
  ContenderName,
  Drain,
  DrainOrder,
  DrainResult,
  DrainSetup,
} from '../../contenders/contender.js';
import { forgetStatements, readStatementCalls, statementsPerBatch } from '../../measuring/batchStatements.js';
import { readPostgresWork } from '../../measuring/postgresMeter.js';
import {
  forgetPeakBytes,
  MemorySampler,
  readCpuSeconds,
  readDescendantsBytes,
  readPeakBytes,
} from '../../measuring/processMeter.js';
import { startBenchProcess, type BenchProcess } from '../../processes/benchProcess.js';
import { Backlogs } from './backlogs.js';
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
  /** What each batch takes, without what a run takes once. */
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

/**
 * Before it is measured a process drains a copy of the same backlog, for so long at most: it takes V8 a second or two of work to
 * compile the code by which a backlog of a second is measured.
 */
const warmUpMs = 2_500;

type DrainProcess = BenchProcess<DrainOrder, DrainResult | undefined>;

/**
 * Has contenders drain backlogs, each drain in a database and a table of its own that are gone afterwards. The process of a
 * contender and a batch size is kept from round to round, as a worker's would be, and warmed up once. What each has stored is
 * compared with what was drained, and with what the others have stored.
 */
export class DrainMeter {
  readonly #engines: BenchEngines;
  readonly #clickhouse: ClickHouseClient;
  readonly #stored: StoredRecords;
  readonly #backlogs: Backlogs;
  readonly #processes = new Map<string, DrainProcess>();
  #databases = 0;
  /** Databases of processes that must not lose them. */
  readonly #left: string[] = [];

  private constructor(engines: BenchEngines, clickhouse: ClickHouseClient, stored: StoredRecords) {
    this.#engines = engines;
    this.#clickhouse = clickhouse;
    this.#stored = stored;
    this.#backlogs = new Backlogs(engines);
  }

  static async open(engines: BenchEngines): Promise<DrainMeter> {
    const clickhouse = createClient({ url: engines.clickhouse.url });
    return new DrainMeter(engines, clickhouse, await StoredRecords.open(engines, clickhouse));
  }

  /** Fills what the drains and their warm-ups will get copies of, two at the same time. */
  async fillBacklogs(
    requests: readonly { readonly contender: Contender; readonly rows: number }[],
  ): Promise<void> {
    const wanted = requests.flatMap(({ contender, rows }) =>
      [rows, contender.warmUpRows ?? rows].map((count) => ({ contender, count })),
    );
    const fill = async (): Promise<void> => {
      for (let next = wanted.shift(); next !== undefined; next = wanted.shift())
        await this.#backlogs.template(next.contender.backlog, next.count);
    };
    await Promise.all([fill(), fill()]);
  }

  async measure(contender: Contender, request: DrainRequest): Promise<DrainSample> {
    const drainer = await this.#warmProcess(contender, request);
    const sample = await this.#inCopy(drainer, contender, request.batchSize, request.rows, (setup) =>
      this.#measureIn(drainer, contender, setup, request),
    );
    if (contender.oneDrainOnly === true) await this.stopProcess(contender, request.batchSize);
    return sample;
  }

  async stopProcess(contender: Contender, batchSize: number): Promise<void> {
    const key = processKey(contender, batchSize);
    await this.#processes.get(key)?.stop();
    this.#processes.delete(key);
  }

  async close(): Promise<void> {
    for (const drainer of this.#processes.values()) await drainer.stop();
    for (const name of this.#left) await this.#drop(name);
    await this.#backlogs.close();
    await this.#stored.close();
    await this.#clickhouse.close();
  }

  async #warmProcess(contender: Contender, { batchSize, rows }: DrainRequest): Promise<DrainProcess> {
    const key = processKey(contender, batchSize);
    const running = this.#processes.get(key);
    if (running !== undefined) return running;
    const drainer: DrainProcess = await startBenchProcess(contender.module, undefined);
    this.#processes.set(key, drainer);
    const warmUpRows = contender.warmUpRows ?? rows;
    await this.#inCopy(drainer, contender, batchSize, warmUpRows, async (setup) => {
      const result = await ask(drainer, {
        kind: 'drain',
        firstId: 1,
        lastId: warmUpRows,
        limitMs: warmUpMs,
        isWarmUp: true,
      });
      await this.#stored.verify(setup.clickhouseTable, contender.title, result.rows, warmUpRows);
    });
    return drainer;
  }

  /**
   * Databases are dropped before the next copy is made and never between a copy and its drain: dropping one is a checkpoint, after
   * which the first update of each page would write it to the WAL whole.
   */
  async #inCopy<Result>(
    drainer: DrainProcess,
    contender: Contender,
    batchSize: number,
    rows: number,
    work: (setup: DrainSetup) => Promise<Result>,
  ): Promise<Result> {
    this.#databases += 1;
    const name = `bench_drain_${String(this.#databases)}`;
    const setup: DrainSetup = {
      databaseUrl: await this.#backlogs.copy(name, contender.backlog, rows),
      clickhouseUrl: this.#engines.clickhouse.url,
      clickhouseTable: name,
      batchSize,
    };
    try {
      await contender.backlog.prepareCopy?.(setup);
      await this.#stored.ensureTable(name);
      await drainer.ask({ kind: 'open', setup });
      const result = await work(setup);
      await drainer.ask({ kind: 'close' });
      return result;
    } finally {
      if (contender.oneDrainOnly === true) this.#left.push(name);
      else await this.#drop(name);
    }
  }

  async #drop(name: string): Promise<void> {
    await this.#engines.dropDatabase(name);
    await this.#stored.dropTable(name);
  }

  async #measureIn(
    drainer: DrainProcess,
    contender: Contender,
    setup: DrainSetup,
    request: DrainRequest,
  ): Promise<DrainSample> {
    const pool = new pg.Pool({ connectionString: setup.databaseUrl, max: 1 });
    pool.on('error', () => undefined); // its last connection may still be closing when the database is dropped
    try {
      return await this.#measureOpen(drainer, contender, setup, pool, request);
    } finally {
      await pool.end();
    }
  }

  async #measureOpen(
    drainer: DrainProcess,
    contender: Contender,
    { clickhouseTable }: DrainSetup,
    pool: pg.Pool,
    { batchSize, rows: backlogRows, limitMs }: DrainRequest,
  ): Promise<DrainSample> {
    const { postgres, clickhouse } = this.#engines;
    const readAll = async () => ({
      walBytes: (await readPostgresWork(pool)).walBytes,
      contenderCpu: readCpuSeconds(drainer.pid),
      postgresCpu: readCpuSeconds(postgres.pid),
      clickhouseCpu: readCpuSeconds(clickhouse.pid),
    });
    await forgetStatements(pool);
    forgetPeakBytes(drainer.pid);
    const sampler = new MemorySampler(drainer.pid, readDescendantsBytes);
    const before = await readAll();
    const { rows, batches, elapsedMs } = await ask(drainer, {
      kind: 'drain',
      firstId: 1,
      lastId: backlogRows,
      limitMs,
      isWarmUp: false,
    }).finally(() => {
      sampler.stop();
    });
    const after = await readAll();
    const statements = await readStatementCalls(pool);
    const memoryBytes = {
      process: () => readPeakBytes(drainer.pid),
      children: () => sampler.peakBytes,
      none: () => null,
    }[contender.memoryOf]();
    await this.#stored.verify(clickhouseTable, contender.title, rows, backlogRows);
    if (rows === 0) throw new Error(`${contender.title} has delivered nothing within ${String(limitMs)} ms.`);
    const perMillion = (used: number): number => (used / rows) * 1e6;
    return {
      contender: contender.name,
      batchSize,
      backlogRows,
      rows,
      batches,
      seconds: elapsedMs / 1_000,
      rowsPerSecond: rows / (elapsedMs / 1_000),
      contenderCpu: perMillion(after.contenderCpu - before.contenderCpu),
      postgresCpu: perMillion(after.postgresCpu - before.postgresCpu),
      clickhouseCpu: perMillion(after.clickhouseCpu - before.clickhouseCpu),
      peakMegabytes: memoryBytes === null ? null : memoryBytes / 1e6,
      walBytesPerRow: (after.walBytes - before.walBytes) / rows,
      statementsPerBatch: statementsPerBatch(statements, batches),
    };
  }
}

function processKey({ name }: Contender, batchSize: number): string {
  return `${name} ${String(batchSize)}`;
}

async function ask(drainer: DrainProcess, drain: Drain): Promise<DrainResult> {
  const result = await bounded(drainer.ask(drain), drain.limitMs + overtimeMs);
  if (result === undefined) throw new Error('A contender has nothing open that it could drain.');
  return result;
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
