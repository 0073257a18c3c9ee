import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { onlyRow } from '../../src/outbox/database.js';
import { queryRows } from '../../src/eventlog/client.js';
import { seededRandom, type Random } from '../sealing/seededRandom.js';
import { startProxy, type Proxy } from '../support/proxy.js';
import { startPostgresProxy, type PostgresProxy } from '../support/proxy/postgresProxy.js';
import { waitUntil } from '../support/waitUntil.js';
import { manyEvents, transact } from './ledger.js';
import { startLoopingWorker, type LoopingWorker } from './loopingWorker.js';
import { anyRequestFault, anyStatementFault } from './randomFaults.js';
import { createSoakDatabases, type EngineUrls, type SoakDatabases } from './soakDatabases.js';
import { readVerdict, type Verdict } from './verdict.js';

export interface SoakOptions {
  readonly seed: number;
  /** How long producers, workers and faults run at the same time, in milliseconds. */
  readonly durationMs: number;
  readonly engines: EngineUrls;
  /** Kills an engine and brings it back, where that is part of the round. */
  readonly killEngine?: (random: Random) => Promise<void>;
}

export interface SoakResult {
  readonly verdict: Verdict;
  readonly faults: number;
  /** What was done to workers and engines. */
  readonly disruptions: Readonly<Record<string, number>>;
  readonly rolledBack: number;
  /** What workers said that ended by themselves. */
  readonly crashes: readonly string[];
}

const workers = 2;
const producers = 3;
const claimLeaseMs = 1_500;
/** Within this everything must be delivered once nothing goes wrong any more. */
const drainMsMax = 90_000;

/** Producers, workers and proxies of one round. */
class Soak {
  readonly #databases: SoakDatabases;
  readonly #options: SoakOptions;
  readonly #clickhouse: Proxy;
  readonly #postgres: PostgresProxy;
  readonly #workers: LoopingWorker[] = [];
  readonly #past: LoopingWorker[] = [];
  readonly disruptions: Record<string, number> = {};
  rolledBack = 0;

  constructor(databases: SoakDatabases, options: SoakOptions, clickhouse: Proxy, postgres: PostgresProxy) {
    this.#databases = databases;
    this.#options = options;
    this.#clickhouse = clickhouse;
    this.#postgres = postgres;
    for (let worker = 0; worker < workers; worker += 1) this.#workers.push(this.#startWorker());
  }

  #startWorker(): LoopingWorker {
    return startLoopingWorker({
      databaseUrl: this.#postgres.url,
      clickhouseUrl: this.#clickhouse.url,
      clickhouseDatabase: this.#databases.clickhouseDatabase,
      claimLeaseMs,
      partitionQuantity: 60,
    });
  }

  /** Commits, rolls back, and sometimes hears nothing of it: the ledger knows. */
  async produce(random: Random, until: () => boolean): Promise<void> {
    while (!until()) {
      const events = manyEvents(random, random.integer(1, 12), random.integer(0, 4) === 0 ? 4 : 1);
      const how = random.integer(1, 100) <= 15 ? 'ROLLBACK' : 'COMMIT';
      await transact(this.#databases.pool, events, how).catch(() => pause(100)); // Postgres was killed
      if (how === 'ROLLBACK') this.rolledBack += events.length;
      await pause(random.integer(1, 40));
    }
  }

  /** One thing after the other that happens to a worker, a way or an engine. */
  async disrupt(random: Random, until: () => boolean): Promise<void> {
    while (!until()) {
      await pause(random.integer(100, 700));
      const at = random.integer(0, workers - 1);
      const worker = this.#workers[at];
      if (worker === undefined || until()) return;
      switch (random.integer(0, this.#options.killEngine === undefined ? 5 : 7)) {
        case 0:
          this.#count('worker stopped for longer than its lease');
          worker.signal('SIGSTOP');
          await pause(claimLeaseMs + random.integer(100, 1_000));
          worker.signal('SIGCONT');
          break;
        case 1:
          this.#count('worker killed');
          worker.signal('SIGKILL');
          this.#past.push(worker);
          this.#workers[at] = this.#startWorker();
          break;
        case 2:
          this.#count('ClickHouse out of reach');
          await refuseFor(this.#clickhouse, random.integer(50, 1_000));
          break;
        case 3:
          this.#count('Postgres out of reach');
          await refuseFor(this.#postgres, random.integer(50, 1_000));
          break;
        case 4:
          this.#count('all connections to ClickHouse reset');
          this.#clickhouse.resetAll();
          break;
        case 5:
          this.#count('all connections to Postgres reset');
          this.#postgres.resetAll();
          break;
        default:
          this.#count('engine killed');
          await this.#options.killEngine?.(random);
      }
    }
  }

  #count(disruption: string): void {
    this.disruptions[disruption] = (this.disruptions[disruption] ?? 0) + 1;
  }

  /** Ends all workers. What those wrote that crashed. */
  async endWorkers(): Promise<string[]> {
    const ended = await Promise.all([...this.#workers, ...this.#past].map((worker) => worker.end()));
    return ended.flatMap(({ crashed }) => crashed ?? []);
  }
}

async function refuseFor(proxy: Proxy | PostgresProxy, durationMs: number): Promise<void> {
  await proxy.refuse();
  await pause(durationMs);
  await proxy.accept();
}

/**
 * Producers, two worker processes, and faults on both of their ways, drawn from the seed. Then nothing goes wrong any more,
 * everything has to be delivered, and what arrived is compared with the ledger. The seed repeats what is drawn, not the
 * moments at which it meets the workers.
 */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const databases = await createSoakDatabases(options.engines);
  const clickhouse = await startProxy(databases.clickhouseUrl);
  const postgres = await startPostgresProxy(databases.databaseUrl);
  const soak = new Soak(databases, options, clickhouse, postgres);
  let crashes: string[] | undefined;
  try {
    const { seed } = options;
    const faultsOf = { requests: seededRandom(seed), statements: seededRandom(seed + 1) };
    clickhouse.spoilEach((kind) => anyRequestFault(faultsOf.requests, kind));
    postgres.spoilEach((kind) => anyStatementFault(faultsOf.statements, kind));
    const endMs = performance.now() + options.durationMs;
    const isOver = (): boolean => performance.now() > endMs;
    await Promise.all([
      soak.disrupt(seededRandom(seed + 2), isOver),
      ...Array.from({ length: producers }, (_, producer) =>
        soak.produce(seededRandom(seed + 3 + producer), isOver),
      ),
    ]);
    clickhouse.spoilEach();
    postgres.spoilEach();
    clickhouse.releaseAll();
    postgres.releaseAll();
    await waitUntil('everything is delivered', () => isDelivered(databases.pool), drainMsMax).catch(
      () => undefined, // the verdict says what is missing
    );
    crashes = await soak.endWorkers();
    await waitUntil('ClickHouse is done with every insert', () => isAtRest(databases), 40_000);
    return {
      verdict: await readVerdict(databases),
      faults: clickhouse.faultsReached() + postgres.faultsReached(),
      disruptions: soak.disruptions,
      rolledBack: soak.rolledBack,
      crashes,
    };
  } finally {
    if (crashes === undefined) await soak.endWorkers();
    await clickhouse.close();
    await postgres.close();
    await databases.drop();
  }
}

async function isDelivered(pool: pg.Pool): Promise<boolean> {
  const { left } = onlyRow(
    await pool.query<{ left: string }>(
      `SELECT (SELECT count(*) FROM ledger) -
              (SELECT coalesce(sum(event_count), 0) FROM waybill.batch WHERE status = 'DELIVERED') AS left`,
    ),
  );
  return Number(left) === 0;
}

/** What a worker sent before it was stopped or killed may still be under way. */
async function isAtRest({ eventLog, clickhouseDatabase }: SoakDatabases): Promise<boolean> {
  const running = await queryRows(
    eventLog,
    `SELECT 1 FROM system.processes WHERE query_kind = 'Insert' AND position(query, {database: String}) > 0`,
    { database: clickhouseDatabase },
  );
  return running.length === 0;
}
