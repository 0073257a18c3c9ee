import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { EventLogService } from '../../src/delivery/eventLogService.js';
import { deliveryPorts, type DeliveryPorts } from '../../src/delivery/ports.js';
import { closeEventLog, openEventLog } from '../../src/eventlog/client.js';
import { insertBatch } from '../../src/eventlog/insertBatch.js';
import type { ClaimedBatch } from '../../src/outbox/claimBatch.js';
import { closeOutbox, openOutbox } from '../../src/outbox/database.js';
import { readBatch } from '../../src/outbox/readBatch.js';
import { seededRandom } from '../sealing/seededRandom.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { startProxy, type PendingFault, type Proxy } from '../support/proxy.js';
import { startPostgresProxy, type PostgresProxy } from '../support/proxy/postgresProxy.js';
import { claimSealedBatch } from '../support/sending.js';
import { createLedger, manyEvents, transact } from './ledger.js';
import { readVerdict, type Verdict } from './verdict.js';

/** Both ways of a worker, each through its proxy. */
export interface Ways {
  readonly clickhouse: Proxy;
  readonly postgres: PostgresProxy;
}

/** One fault, or a few that belong together, in one place of a delivery. */
export interface ChaosCase {
  readonly name: string;
  /** How the first batch of the backlog stands when the worker comes. Default: it is not sealed yet. */
  readonly firstBatch?: 'arrived in part';
  spoil(ways: Ways): PendingFault[];
}

export interface CaseResult {
  readonly name: string;
  readonly verdict: Verdict;
  readonly faults: number;
  /** Faults that never came to pass: then the case says nothing. */
  readonly missedFaults: number;
  /** What the runs ended with, in their order. */
  readonly ends: readonly string[];
}

/** Events of a batch. */
export const batchEvents = 200;
const batches = 4;
/** Runs that a case may need until everything is delivered. */
const runsMax = 10;

/**
 * Delivers a backlog of several batches while the case spoils what it wants, and compares what arrived. The first batch
 * spans five months, so that ClickHouse stores it as five blocks.
 * @param alter takes a safeguard away, for the tests of these tests
 */
export async function runCase(
  chaosCase: ChaosCase,
  seed: number,
  alter: (ports: DeliveryPorts) => DeliveryPorts = (ports) => ports,
): Promise<CaseResult> {
  const databases = await createDatabases();
  try {
    await commitBacklog(databases, seed);
    if (chaosCase.firstBatch !== undefined) await arriveInPart(databases);
    return await deliverThroughFaults(databases, chaosCase, alter);
  } finally {
    await databases.drop();
  }
}

async function commitBacklog({ pool }: TestDatabases, seed: number): Promise<void> {
  const random = seededRandom(seed);
  await createLedger(pool);
  await transact(pool, manyEvents(random, batchEvents, 5));
  await transact(pool, manyEvents(random, 50), 'ROLLBACK');
  for (let batch = 1; batch < batches; batch += 1) await transact(pool, manyEvents(random, batchEvents));
}

/** Seals the first batch and has a part of one month arrive under its token, as an earlier worker's insert. */
async function arriveInPart(databases: TestDatabases): Promise<void> {
  const batch = await claimSealedBatch(databases, batchEvents);
  await insertLines(databases, batch, (line) => line.includes('\t2026-06-'), 5);
  await databases.pool.query('UPDATE waybill.batch SET claim_expires_at = clock_timestamp()');
}

/** Inserts those lines of a batch that are chosen, so many at most, under its token. */
export async function insertLines(
  { outbox, eventLog }: TestDatabases,
  batch: ClaimedBatch,
  isChosen: (line: string) => boolean,
  linesMax = batch.eventCount,
): Promise<void> {
  const reading = await readBatch(outbox, batch);
  const lines = (await text(reading.rows)).split(/(?<=\n)/);
  await reading.close();
  await insertBatch(eventLog, {
    rows: Readable.from([lines.filter(isChosen).slice(0, linesMax).join('')], { objectMode: false }),
    eventCount: batch.eventCount,
    deduplicationToken: batch.id,
    queryId: `waybill-${batch.id}-part`,
    beforeSending: () => undefined,
    signal: new AbortController().signal,
  });
}

async function deliverThroughFaults(
  databases: TestDatabases,
  chaosCase: ChaosCase,
  alter: (ports: DeliveryPorts) => DeliveryPorts,
): Promise<CaseResult> {
  const ways = {
    clickhouse: await startProxy(databases.clickhouseUrl),
    postgres: await startPostgresProxy(databases.databaseUrl),
  };
  const outbox = openOutbox({ databaseUrl: ways.postgres.url, schema: 'waybill', connectionsMax: 6 });
  const eventLog = openEventLog({
    clickhouseUrl: ways.clickhouse.url,
    database: databases.clickhouseDatabase,
    table: 'event_log',
    timeoutMs: 5_000,
    connectionsMax: 6,
  });
  const service = new EventLogService(alter(deliveryPorts(outbox, eventLog)), {
    partitionQuantity: batchEvents,
    failedSendingRetries: 4,
    concurrency: 1,
    claimLeaseMs: 60_000,
    backoff: { firstMs: 5, maxMs: 50 },
  });
  try {
    const faults = chaosCase.spoil(ways);
    const ends: string[] = [];
    do ends.push((await service.run()).endedBecause);
    while (ends.length < runsMax && (await timePasses(databases)) > 0);
    return {
      name: chaosCase.name,
      verdict: await readVerdict(databases),
      faults: faults.filter((fault) => fault.wasReached()).length,
      missedFaults: faults.filter((fault) => !fault.wasReached()).length,
      ends,
    };
  } finally {
    await closeEventLog(eventLog);
    await closeOutbox(outbox);
    await ways.clickhouse.close();
    await ways.postgres.close();
  }
}

/** Lets waits and claims be over. Returns how many batches are still to be delivered or sealed. */
async function timePasses({ pool }: TestDatabases): Promise<number> {
  const { rowCount } = await pool.query(
    `UPDATE waybill.batch
     SET not_before = clock_timestamp(),
         claim_expires_at = CASE status WHEN 'SENDING' THEN clock_timestamp() END
     WHERE status IN ('AWAITING_DELIVERY', 'SENDING')`,
  );
  const { rows } = await pool.query<{ unsealed: string }>(
    `SELECT (SELECT count(*) FROM ledger) -
            (SELECT coalesce(sum(event_count), 0) FROM waybill.batch WHERE status <> 'REPLACED') AS unsealed`,
  );
  return (rowCount ?? 0) + Number(rows[0]?.unsealed ?? 0);
}
