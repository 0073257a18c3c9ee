import { describe, expect, it, onTestFinished } from 'vitest';
import { examine } from '../../src/doctor/examine.js';
import { closeEventLog, openEventLog } from '../../src/eventlog/client.js';
import { inClickHouse } from '../support/clickhouse.js';
import { doctorContext, faultCodes, findFaults } from '../support/doctor.js';
import { testDatabases } from '../support/outbox.js';
import { waitUntil } from '../support/waitUntil.js';

interface Trouble {
  /** The trouble is made by these, in which `DB.` stands for the test's own database. */
  readonly statements: readonly string[];
  readonly code: string;
  readonly severity: 'fatal' | 'warning';
  readonly summary: RegExp;
  readonly meaning: RegExp;
  /** The commands of the advice end the trouble, when they are run as they stand. */
  readonly cures: boolean;
}

const columns = `event_id UUID, event_type String, event_date_time DateTime64(6, 'UTC'), environment String,
  event_context String, metadata_version UInt32, subject Nullable(String), traceparent Nullable(String), batch_id UUID`;

function replaceTable(engine: string): string[] {
  return [
    'RENAME TABLE DB.event_log TO DB.moved',
    `CREATE TABLE DB.event_log (${columns}) ENGINE = ${engine}`,
  ];
}

const window = 'SETTINGS non_replicated_deduplication_window = 10000';

const troubles: [string, Trouble][] = [
  [
    'a table that remembers nothing',
    {
      statements: ['ALTER TABLE DB.event_log MODIFY SETTING non_replicated_deduplication_window = 0'],
      code: 'TABLE_WOULD_DOUBLE',
      severity: 'fatal',
      summary: /non_replicated_deduplication_window is 0/,
      meaning: /no worker starts/,
      cures: true,
    },
  ],
  [
    'a table of an engine that stores everything twice',
    {
      statements: replaceTable('Memory'),
      code: 'TABLE_WOULD_DOUBLE',
      severity: 'fatal',
      summary: /engine Memory/,
      meaning: /Nothing is sent/,
      cures: false,
    },
  ],
  [
    'a table that remembers fewer blocks than may pass while a batch is tried again',
    {
      statements: ['ALTER TABLE DB.event_log MODIFY SETTING non_replicated_deduplication_window = 1'],
      code: 'WINDOW_SHORT',
      severity: 'warning',
      summary: /8 blocks may be stored; the table remembers 1\./,
      meaning: /counted before it is sent again/,
      cures: true,
    },
  ],
  [
    'an engine that makes one row of several events',
    {
      statements: replaceTable(`ReplacingMergeTree ORDER BY event_type ${window}`),
      code: 'TABLE_COLLAPSES_ROWS',
      severity: 'warning',
      summary: /same event_type, whatever their event_id/,
      meaning: /Different events disappear/,
      cures: false,
    },
  ],
  [
    'a TTL shorter than events may wait',
    {
      statements: ['ALTER TABLE DB.event_log MODIFY TTL toDateTime(event_date_time) + INTERVAL 2 DAY'],
      code: 'TABLE_TTL_SHORT',
      severity: 'warning',
      summary: /deletes rows after 2 d/,
      meaning: /rows are missing/,
      cures: false,
    },
  ],
  [
    'a column that is missing',
    {
      statements: ['ALTER TABLE DB.event_log DROP COLUMN subject'],
      code: 'COLUMN_MISSING',
      severity: 'fatal',
      summary: /no column subject/,
      meaning: /Every insert is refused/,
      cures: true,
    },
  ],
  [
    'a column of a type that does not take what is sent',
    {
      statements: ['ALTER TABLE DB.event_log MODIFY COLUMN metadata_version DateTime'],
      code: 'COLUMN_WRONG',
      severity: 'fatal',
      summary: /metadata_version of .* is of type DateTime/,
      meaning: /kept in the outbox/,
      cures: true,
    },
  ],
  [
    'a column that changes what it is given',
    {
      statements: [
        'ALTER TABLE DB.event_log DROP COLUMN metadata_version, ADD COLUMN metadata_version UInt8',
      ],
      code: 'COLUMN_LOSES',
      severity: 'warning',
      summary: /numbers too large for it become other numbers/,
      meaning: /Everything is delivered/,
      cures: true,
    },
  ],
  [
    'a view whose table remembers nothing',
    {
      statements: [
        'CREATE TABLE DB.counts (event_type String, number UInt64) ENGINE = SummingMergeTree ORDER BY event_type',
        'CREATE MATERIALIZED VIEW DB.counting TO DB.counts AS SELECT event_type, count() AS number FROM DB.event_log GROUP BY event_type',
      ],
      code: 'VIEW_WOULD_DOUBLE',
      severity: 'warning',
      summary: /counting writes to \S+counts, which remembers nothing/,
      meaning: /sent again/,
      cures: true,
    },
  ],
  [
    'a view with a table of its own that remembers nothing',
    {
      statements: [
        'CREATE MATERIALIZED VIEW DB.counting ENGINE = MergeTree ORDER BY event_type AS SELECT event_type FROM DB.event_log',
      ],
      code: 'VIEW_WOULD_DOUBLE',
      severity: 'warning',
      summary: /counting writes to \S+inner\S+, which remembers nothing/,
      meaning: /this view counts it twice/,
      cures: true,
    },
  ],
  [
    'a view that hangs on the table of another view',
    {
      statements: [
        `CREATE TABLE DB.first (event_type String) ENGINE = MergeTree ORDER BY event_type ${window}`,
        'CREATE MATERIALIZED VIEW DB.to_first TO DB.first AS SELECT event_type FROM DB.event_log',
        'CREATE TABLE DB.second (event_type String) ENGINE = Memory',
        'CREATE MATERIALIZED VIEW DB.to_second TO DB.second AS SELECT event_type FROM DB.first',
      ],
      code: 'VIEW_WOULD_DOUBLE',
      severity: 'warning',
      summary: /to_second writes to \S+second, whose engine Memory remembers nothing/,
      meaning: /sent again/,
      cures: false,
    },
  ],
  [
    'a mutation that cannot be done',
    {
      statements: [
        `INSERT INTO DB.event_log (event_type) VALUES ('x')`,
        `ALTER TABLE DB.event_log UPDATE event_context = toString(throwIf(event_type = 'x')) WHERE 1 SETTINGS mutations_sync = 0`,
      ],
      code: 'MUTATION_STUCK',
      severity: 'warning',
      summary: /throwIf/,
      meaning: /waits for this one/,
      cures: true,
    },
  ],
  [
    'a partition with so many parts that inserts are nearly refused',
    {
      statements: [
        'SYSTEM STOP MERGES DB.event_log',
        'ALTER TABLE DB.event_log MODIFY SETTING parts_to_throw_insert = 4, parts_to_delay_insert = 100',
        ...['a', 'b', 'c', 'd'].map((type) => `INSERT INTO DB.event_log (event_type) VALUES ('${type}')`),
      ],
      code: 'PARTS_MANY',
      severity: 'warning',
      summary: /has 4 parts; from 4 on ClickHouse refuses inserts/,
      meaning: /Merges do not keep up/,
      cures: false,
    },
  ],
];

describe('in ClickHouse, the doctor names', () => {
  it.each(troubles)('%s, and nothing else', async (_name, trouble) => {
    const databases = await testDatabases();
    await inClickHouse(databases, ...trouble.statements);
    // A mutation fails in the background.
    await waitUntil('the doctor sees it', async () => (await faultCodes(databases)).includes(trouble.code));
    const faults = await findFaults(databases);
    expect(faults).toMatchObject([{ code: trouble.code, severity: trouble.severity }]);
    expect(faults[0]?.summary).toMatch(trouble.summary);
    expect(faults[0]?.meaning).toMatch(trouble.meaning);
    if (!trouble.cures) return;
    const commands = (faults[0]?.advice ?? '').split('\n').filter((line) => line.startsWith('  '));
    expect(commands.length).toBeGreaterThan(0);
    await inClickHouse(databases, ...commands);
    expect(await faultCodes(databases)).toEqual([]);
  });

  it('no fault in a table of another kind that is as good: Replacing by event_id, other types, columns of its own', async () => {
    const databases = await testDatabases();
    const own = columns
      .replace('event_type String', 'event_type LowCardinality(String)')
      .replace('metadata_version UInt32', "metadata_version Int64, region String DEFAULT 'eu'");
    await inClickHouse(
      databases,
      'DROP TABLE DB.event_log',
      `CREATE TABLE DB.event_log (${own}) ENGINE = ReplacingMergeTree ORDER BY (event_type, event_id)
       TTL toDateTime(event_date_time) + INTERVAL 1 YEAR ${window}`,
    );
    expect(await faultCodes(databases)).toEqual([]);
    const { findings } = await examine(doctorContext(databases));
    expect(findings).toContainEqual(expect.objectContaining({ code: 'TABLE_HAS_TTL', severity: 'note' }));
  });

  it('a view that remembers as a note only', async () => {
    const databases = await testDatabases();
    await inClickHouse(
      databases,
      `CREATE TABLE DB.first (event_type String) ENGINE = MergeTree ORDER BY event_type ${window}`,
      'CREATE MATERIALIZED VIEW DB.to_first TO DB.first AS SELECT event_type FROM DB.event_log',
    );
    const { findings } = await examine(doctorContext(databases));
    expect(findings).toContainEqual(expect.objectContaining({ code: 'VIEW_REMEMBERS', severity: 'note' }));
    expect(await faultCodes(databases)).toEqual([]);
  });

  it('a server that cannot be reached, and examines Postgres all the same', async () => {
    const databases = await testDatabases();
    const findings = await examineThrough(databases, 'http://127.0.0.1:1');
    expect(findings.filter(({ side }) => side === 'clickhouse')).toMatchObject([
      { code: 'CLICKHOUSE_UNREACHABLE', severity: 'fatal' },
    ]);
    expect(findings.map(({ code }) => code)).toContain('TRANSACTIONS_SHORT');
  });

  it('a wrong password as such', async () => {
    const databases = await testDatabases();
    const url = new URL(databases.clickhouseUrl);
    url.username = 'nobody';
    url.password = 'geheim';
    const findings = await examineThrough(databases, url.href);
    expect(findings.find(({ severity }) => severity === 'fatal')).toMatchObject({
      code: 'CLICKHOUSE_REFUSES',
    });
    expect(JSON.stringify(findings)).not.toContain('geheim');
  });
});

async function examineThrough(
  databases: Awaited<ReturnType<typeof testDatabases>>,
  clickhouseUrl: string,
): Promise<Awaited<ReturnType<typeof examine>>['findings']> {
  const { database, table } = databases.eventLog;
  const eventLog = openEventLog({ clickhouseUrl, database, table, timeoutMs: 5_000, connectionsMax: 2 });
  onTestFinished(() => closeEventLog(eventLog));
  return (await examine({ ...doctorContext(databases), eventLog })).findings;
}
