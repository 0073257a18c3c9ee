import { onTestFinished } from 'vitest';
import { inClickHouse } from '../../support/clickhouse.js';
import { queryRows } from '../../../src/eventlog/client.js';
import { startInsertQueue } from '../insertQueue.js';
import type { Finding } from '../finding.js';
import type { NegativeControl } from '../negativeControl.js';
import type { Side } from '../side.js';
import { lateTwin, lateTwinStory, proxyOf, sendLateTwin } from '../stories.js';

const readBatch = 'src/outbox/readBatch.ts';
const sendBatch = 'src/delivery/sendBatch.ts';
const insertSettings = 'src/eventlog/insertSettings.ts';

const view = 'CREATE MATERIALIZED VIEW DB.seen_view TO DB.seen AS SELECT event_id FROM DB.event_log';
const viewTable = `CREATE TABLE DB.seen (event_id UUID) ENGINE = MergeTree ORDER BY event_id
  SETTINGS non_replicated_deduplication_window = 1000`;

/** A row of type `unreadable` sends what was read before it on its way, waits for this advisory lock, and fails. */
const readingLock = 4_713;
const unreadable = `
  CREATE FUNCTION unreadable() RETURNS text LANGUAGE plpgsql AS $$
  BEGIN
    RAISE NOTICE 'the rows before this one go out with it';
    PERFORM pg_advisory_xact_lock(${String(readingLock)});
    RAISE EXCEPTION 'this row cannot be read';
  END $$`;

/** Postgres fails at the 51st row of a batch of 100, as at a damaged page; later it is mended. */
async function readingBreaks(side: Side): Promise<Finding> {
  await inClickHouse(side.databases, viewTable, view);
  const { pool } = side.databases;
  await pool.query(unreadable);
  const committed = await side.seed(100);
  await pool.query(`UPDATE waybill.event SET event_type = 'unreadable' WHERE id = 51`);
  const gate = await pool.connect();
  await gate.query('SELECT pg_advisory_lock($1)', [readingLock]);
  const proxy = await proxyOf(side);
  const underWay = proxy.spoilNextInsert({ kind: 'stall', afterBodyBytes: 1 });
  const run = side.worker({ clickhouseUrl: proxy.url, failedSendingRetries: 0 }).run();
  await underWay.reached;
  await gate.query('SELECT pg_advisory_unlock($1)', [readingLock]);
  gate.release();
  underWay.release();
  await run;
  await pool.query(`UPDATE waybill.event SET event_type = 'seeded' WHERE id = 51`);
  await side.deliverAll();
  return side.finding(committed);
}

/** Something between the worker and ClickHouse says 200 to an insert that ClickHouse never sees. */
async function earlySuccess(side: Side): Promise<Finding> {
  const proxy = await proxyOf(side);
  const committed = await side.seed(100);
  const fault = proxy.spoilNextInsert({ kind: 'answer', status: 200, body: '' });
  await side.worker({ clickhouseUrl: proxy.url, failedSendingRetries: 0 }).run();
  await fault.reached;
  await side.deliverAll();
  return side.finding(committed);
}

/** ClickHouse's user has a profile by which inserts are queued, answered at once and stored later, without their tokens. */
async function queuedInserts(side: Side): Promise<Finding> {
  const queue = await startInsertQueue(side.databases.clickhouseUrl);
  onTestFinished(() => queue.close());
  const committed = await side.seed(100);
  await side.worker({ clickhouseUrl: queue.url, failedSendingRetries: 2 }).run();
  await queue.flushOldest();
  await side.deliverAll();
  while (queue.length() > 0) await queue.flushOldest();
  return side.finding(committed);
}

async function lateTwinSeenByView(side: Side): Promise<Finding> {
  await inClickHouse(side.databases, viewTable, view);
  const committed = await side.seed(100);
  await sendLateTwin(side);
  await side.deliverAll();
  return findInView(side, committed);
}

/** What the view has, against what was committed. */
async function findInView(side: Side, committed: readonly string[]): Promise<Finding> {
  const seen = await queryRows<{ event_id: string }>(
    side.eventLog,
    `SELECT event_id FROM ${side.databases.clickhouseDatabase}.seen`,
  );
  return side.finding(
    committed,
    seen.map((row) => row.event_id),
  );
}

/** One attempt, its body and its answer. */
export const sendingControls: readonly NegativeControl[] = [
  {
    name: 'a request whose rows fail is destroyed',
    switchedOff: 'it is ended where its rows end',
    edits: [
      {
        file: readBatch,
        text: '  pipeline(copy, gate, () => undefined);',
        replacement: "  copy.once('error', () => gate.end());\n  copy.pipe(gate);",
      },
      { file: readBatch, text: '    }, done);', replacement: '    }, () => done());' },
    ],
    given: {
      what: 'Postgres fails at row 51, and a view on the table takes each row too, which ClickHouse counts as written',
      edits: [
        {
          file: readBatch,
          text: 'event.environment, event.event_context,',
          replacement: `event.environment || CASE event.event_type WHEN 'unreadable' THEN public.unreadable() ELSE '' END,
           event.event_context,`,
        },
      ],
    },
    story: 'reading a batch breaks half-way',
    expected: 'lost',
    scenario: readingBreaks,
  },
  {
    name: 'a confirmation is a number of rows',
    switchedOff: 'status 200 is trusted',
    edits: [
      {
        file: sendBatch,
        text: /if \(batch\.attemptCount === 1 && written === batch\.eventCount\)(\s+return \{ outcome: 'delivered', rows: )written,/,
        replacement: 'if (batch.attemptCount === 1)$1batch.eventCount,',
      },
    ],
    story: 'a gateway answers 200 to an insert that ClickHouse never sees',
    expected: 'lost',
    scenario: earlySuccess,
  },
  {
    name: 'inserts are not asynchronous',
    switchedOff: 'async_insert is left to the profile of the user',
    edits: [{ file: insertSettings, text: '    async_insert: 0,\n', replacement: '' }],
    story:
      'the profile has async_insert on and wait_for_async_insert off, so inserts are answered and queued. When the ' +
      'first is stored at last the batch is found; then the others are stored. The embedded ClickHouse has no such queue: a stand-in before it is one, as of servers ' +
      'that have no deduplicate_insert yet, where async_insert_deduplicate is 0',
    expected: 'doubled',
    scenario: queuedInserts,
  },
  {
    name: 'views recognise a repetition by themselves',
    switchedOff: 'deduplicate_blocks_in_dependent_materialized_views is 0',
    edits: [
      {
        file: insertSettings,
        text: 'deduplicate_blocks_in_dependent_materialized_views: 1',
        replacement: 'deduplicate_blocks_in_dependent_materialized_views: 0',
      },
    ],
    story: `${lateTwinStory}. Looked at is a view on the table`,
    expected: 'doubled',
    scenario: lateTwinSeenByView,
  },
  {
    name: 'the order of COPY, where a server knows no tokens',
    switchedOff: 'rows are read in any order',
    given: {
      what: 'the server does not know insert_deduplication_token, and recognises a batch by its content',
      edits: [
        { file: insertSettings, text: '    insert_deduplication_token: token,\n', replacement: '' },
        {
          file: insertSettings,
          text: "if (!known.has('insert_deduplication_token'))",
          replacement: 'if (false)',
        },
      ],
    },
    edits: [{ file: readBatch, text: 'ORDER BY event.id\n', replacement: 'ORDER BY random()\n' }],
    story: lateTwinStory,
    expected: 'doubled',
    scenario: lateTwin,
  },
];
