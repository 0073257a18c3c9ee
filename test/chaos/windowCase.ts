import { closeEventLog, openEventLog } from '../../src/eventlog/client.js';
import { EventLogService } from '../../src/delivery/eventLogService.js';
import { deliveryPorts } from '../../src/delivery/ports.js';
import type { ClaimedBatch } from '../../src/outbox/claimBatch.js';
import { seededRandom, type Random } from '../sealing/seededRandom.js';
import { inClickHouse, numberFromClickHouse } from '../support/clickhouse.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { startProxy, type Proxy, type RequestFault } from '../support/proxy.js';
import { claimSealedBatch, sendOnce } from '../support/sending.js';
import { insertLines } from './chaosCase.js';
import { createLedger, manyEvents, transact } from './ledger.js';
import { readVerdict, type Verdict } from './verdict.js';

/** Tokens that ClickHouse remembers: each month of a batch takes one. */
const windowTokens = 2;
const batchEvents = 60;

/** How a batch arrived before ClickHouse forgot its token. */
export interface WindowCase {
  readonly name: string;
  /** Its events lie in so many months. */
  readonly months: number;
  readonly arrive: (scene: WindowScene) => Promise<void>;
  /** What goes wrong with each resend that follows, with the token forgotten again in between. */
  readonly resends?: readonly RequestFault[];
  /** In every test; `npm run chaos` runs all of them. */
  readonly inEveryTest?: boolean;
}

export interface WindowScene {
  readonly databases: TestDatabases;
  readonly proxy: Proxy;
  readonly batch: ClaimedBatch;
}

export interface WindowResult {
  readonly verdict: Verdict;
  /** Rows of a materialized view's own table, where there is one. */
  readonly rowsOfView: number | undefined;
  readonly faults: number;
}

const inJune = (line: string): boolean => line.includes('\t2026-06-');

export const windowCases: readonly WindowCase[] = [
  { name: 'nothing of it arrived', months: 4, arrive: () => Promise.resolve() },
  { name: 'all of it arrived', months: 1, arrive: arriveWhole },
  { name: 'all of its months arrived', inEveryTest: true, months: 4, arrive: arriveWhole },
  {
    name: 'one of its months arrived',
    inEveryTest: true,
    months: 4,
    arrive: ({ databases, batch }) => insertLines(databases, batch, inJune),
  },
  {
    name: 'all but one of its months arrived',
    months: 4,
    arrive: ({ databases, batch }) => insertLines(databases, batch, (line) => line !== '' && !inJune(line)),
  },
  {
    name: 'a part of one month arrived',
    inEveryTest: true,
    months: 4,
    arrive: ({ databases, batch }) => insertLines(databases, batch, inJune, 3),
  },
  {
    name: 'a part of it arrived, and it lies in one month',
    months: 1,
    arrive: ({ databases, batch }) => insertLines(databases, batch, inJune, batchEvents / 2),
  },
  {
    name: 'one of its months arrived, and the answers of three resends are dropped',
    months: 4,
    arrive: ({ databases, batch }) => insertLines(databases, batch, inJune),
    resends: [{ kind: 'dropAnswer' }, { kind: 'dropAnswer' }, { kind: 'dropAnswer' }],
  },
  {
    name: 'nothing of it arrived, and its resend is stored and answered by a gateway',
    months: 4,
    arrive: () => Promise.resolve(),
    resends: [{ kind: 'answer', status: 504, body: '<html></html>', server: 'asked' }],
  },
  {
    name: 'it was closed one way in the middle of its body, three times',
    months: 4,
    arrive: () => Promise.resolve(),
    resends: [5_000, 9_000, 14_000].map((afterBodyBytes) => ({ kind: 'halfClose', afterBodyBytes })),
  },
];

async function arriveWhole({ databases, batch }: WindowScene): Promise<void> {
  await sendOnce(databases, batch);
}

/** Has a batch arrive somehow, makes ClickHouse forget it, has workers send it again, and compares what is there. */
export async function runWindowCase(
  { months, arrive, resends = [] }: WindowCase,
  seed: number,
  { view }: { readonly view: boolean },
): Promise<WindowResult> {
  const databases = await createDatabases();
  const proxy = await startProxy(databases.clickhouseUrl);
  try {
    await inClickHouse(
      databases,
      `ALTER TABLE DB.event_log MODIFY SETTING non_replicated_deduplication_window = ${String(windowTokens)}`,
    );
    if (view) await inClickHouse(databases, ...makeView);
    await createLedger(databases.pool);
    const random = seededRandom(seed);
    await transact(databases.pool, manyEvents(random, batchEvents, months, 300));
    const batch = await claimSealedBatch(databases, batchEvents);
    await arrive({ databases, proxy, batch });
    await waitsForLong(databases);
    const faults = [];
    for (const resend of resends) {
      await evict(databases, random);
      faults.push(proxy.spoilNext('insert', resend));
      await runOnce(databases, proxy.url, 0);
      await waitsForLong(databases);
    }
    await evict(databases, random);
    await runOnce(databases, proxy.url, 5);
    return {
      verdict: await readVerdict(databases),
      rowsOfView: view
        ? await numberFromClickHouse(databases, 'SELECT count() AS number FROM DB.seen')
        : undefined,
      faults: faults.filter((fault) => fault.wasReached()).length,
    };
  } finally {
    await proxy.close();
    await databases.drop();
  }
}

const makeView = [
  `CREATE TABLE DB.seen (event_id UUID, batch_id UUID) ENGINE = MergeTree ORDER BY event_id
   SETTINGS non_replicated_deduplication_window = ${String(windowTokens)}`,
  'CREATE MATERIALIZED VIEW DB.seen_view TO DB.seen AS SELECT event_id, batch_id FROM DB.event_log',
];

/** Gives the batch back, and lets it be due since two hours ago: as long as ClickHouse takes to forget it. */
async function waitsForLong({ pool }: TestDatabases): Promise<void> {
  await pool.query(
    `UPDATE waybill.batch
     SET not_before = clock_timestamp() - interval '2 hours',
         claim_expires_at = CASE status WHEN 'SENDING' THEN clock_timestamp() - interval '2 hours' END
     WHERE status IN ('SENDING', 'AWAITING_DELIVERY')`,
  );
}

/** Other batches take the places of the window. They are sent while the first one waits. */
async function evict(databases: TestDatabases, random: Random): Promise<void> {
  await databases.pool.query(
    `UPDATE waybill.batch SET not_before = not_before + interval '1 day' WHERE status = 'AWAITING_DELIVERY'`,
  );
  await databases.pool.query(
    `UPDATE waybill.batch SET claim_expires_at = claim_expires_at + interval '1 day' WHERE status = 'SENDING'`,
  );
  for (let other = 0; other < windowTokens; other += 1) {
    await transact(databases.pool, manyEvents(random, batchEvents));
    await runOnce(databases, databases.clickhouseUrl, 0);
  }
  await databases.pool.query(
    `UPDATE waybill.batch
     SET not_before = not_before - interval '1 day',
         claim_expires_at = CASE status WHEN 'SENDING' THEN claim_expires_at - interval '1 day' END
     WHERE status IN ('SENDING', 'AWAITING_DELIVERY')`,
  );
}

async function runOnce(databases: TestDatabases, clickhouseUrl: string, retries: number): Promise<void> {
  const eventLog = openEventLog({
    clickhouseUrl,
    database: databases.clickhouseDatabase,
    table: 'event_log',
    timeoutMs: 5_000,
    connectionsMax: 4,
  });
  await new EventLogService(deliveryPorts(databases.outbox, eventLog), {
    partitionQuantity: batchEvents,
    failedSendingRetries: retries,
    concurrency: 1,
    claimLeaseMs: 60_000,
    backoff: { firstMs: 5, maxMs: 50 },
  }).run();
  await closeEventLog(eventLog);
}
