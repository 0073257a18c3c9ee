import { inClickHouse } from '../../support/clickhouse.js';
import type { Finding } from '../finding.js';
import type { NegativeControl } from '../negativeControl.js';
import type { Side } from '../side.js';
import { proxyOf } from '../stories.js';

const insertSettings = 'src/eventlog/insertSettings.ts';

/** One event of many is refused, by its place; the others are what has to arrive. */
async function oneIsRefused(side: Side, size: number, badId: number): Promise<Finding> {
  const seeded = await side.seed(size);
  await side.databases.pool.query(`UPDATE waybill.event SET event_type = 'bad' WHERE id = $1`, [badId]);
  for (let run = 0; run < 3; run += 1) await side.worker({ partitionQuantity: size }).run();
  await side.deliverAll();
  return side.finding(seeded.filter((_, at) => at !== badId - 1));
}

async function refusedByConstraint(side: Side, size = 100, badId = 95): Promise<Finding> {
  await inClickHouse(
    side.databases,
    `ALTER TABLE DB.event_log ADD CONSTRAINT no_bad CHECK event_type != 'bad'`,
  );
  return oneIsRefused(side, size, badId);
}

async function refusedByView(side: Side): Promise<Finding> {
  await inClickHouse(
    side.databases,
    'CREATE TABLE DB.seen (event_id UUID) ENGINE = MergeTree ORDER BY event_id',
    `CREATE MATERIALIZED VIEW DB.seen_view TO DB.seen AS
     SELECT event_id FROM DB.event_log WHERE toUInt8(if(event_type = 'bad', event_type, '1')) = 1`,
  );
  const committed = await side.seed(8);
  await side.databases.pool.query(`UPDATE waybill.event SET event_type = 'bad' WHERE id = 3`);
  await side.deliverAll();
  return side.finding(committed);
}

const tooManyParts = 'Code: 252. DB::Exception: Too many parts (300). (TOO_MANY_PARTS) (version 26.7.2.1)';

/** ClickHouse takes no inserts for a while. */
async function overload(side: Side): Promise<Finding> {
  const proxy = await proxyOf(side);
  const committed = await side.seed(4);
  // As many as it takes to cut a batch of four in pieces of one.
  for (let inserts = 0; inserts < 7; inserts += 1)
    proxy.spoilNextInsert({ kind: 'answer', status: 500, body: tooManyParts });
  for (let run = 0; run < 3; run += 1) {
    await side.worker({ clickhouseUrl: proxy.url }).run();
    await side.makeDue();
  }
  await side.deliverAll();
  return side.finding(committed);
}

/** What a refusal leads to. */
export const refusalControls: readonly NegativeControl[] = [
  {
    name: 'an insert that failed is judged by the rows in the table',
    switchedOff: 'it is judged by its error alone',
    given: {
      what: 'the error does not say that it came of a view, as a version that words it otherwise may not',
      edits: [
        {
          file: 'src/eventlog/classifyInsertError.ts',
          text: 'isFailureOfView(error.message)',
          replacement: 'false',
        },
      ],
    },
    edits: [
      {
        file: 'src/delivery/sendBatch.ts',
        text: 'return await judgeByRows(context, batch, failed);',
        replacement: 'return failed;',
      },
    ],
    story: 'a view on the table refuses a row when the table has stored them all',
    expected: 'doubled',
    scenario: refusedByView,
  },
  {
    name: 'a batch is one block, stored whole or not at all',
    switchedOff: 'blocks of ten rows',
    given: {
      what: 'what was stored of a refused batch stays',
      edits: [
        {
          file: 'src/delivery/attemptBatch.ts',
          text: 'purge: attempt.rows > 0,',
          replacement: 'purge: false,',
        },
      ],
    },
    edits: [
      {
        file: insertSettings,
        text: 'max_insert_block_size: eventCount + 1',
        replacement: 'max_insert_block_size: 10',
      },
      {
        file: insertSettings,
        text: 'min_insert_block_size_rows: eventCount + 1',
        replacement: 'min_insert_block_size_rows: 10',
      },
    ],
    story: 'row 95 of 100 is refused',
    expected: 'doubled',
    scenario: (side) => refusedByConstraint(side),
  },
  {
    name: 'the pieces of a batch own all of its events',
    switchedOff: 'the event at each cut is forgotten',
    edits: [
      {
        file: 'src/outbox/replaceBatch.ts',
        text: '         GROUP BY 1\n',
        replacement: '         WHERE owned.position <> ALL ($11::bigint[]) GROUP BY 1\n',
      },
    ],
    story: 'row 95 of 100 is refused',
    expected: 'lost',
    scenario: (side) => refusedByConstraint(side),
  },
  {
    name: 'COPY reads in the order in which positions are counted',
    switchedOff: 'rows are read from the last to the first',
    edits: [
      {
        file: 'src/outbox/readBatch.ts',
        text: 'ORDER BY event.id\n',
        replacement: 'ORDER BY event.id DESC\n',
      },
    ],
    story:
      'row 300 of 1,000 is refused. A batch is recognised by its token, not by its content, so its order saves inserts and ' +
      'nothing else',
    expected: 'attempts',
    scenario: (side) => refusedByConstraint(side, 1_000, 300),
  },
  {
    name: 'a code that is not known to be of the data is no refusal',
    switchedOff: 'what stands in no list is a refusal',
    edits: [
      {
        file: 'src/eventlog/classifyInsertError.ts',
        text: "return unknown.has(code) ? 'unknown' : 'unavailable';",
        replacement: "return unknown.has(code) ? 'unknown' : 'rejected';",
      },
    ],
    story: 'ClickHouse answers 252 TOO_MANY_PARTS to seven inserts',
    expected: 'quarantined',
    scenario: overload,
  },
];
