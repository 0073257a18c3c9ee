import { describe, expect, it, onTestFinished } from 'vitest';
import { examine } from '../../src/doctor/examine.js';
import { closeOutbox, openOutbox } from '../../src/outbox/database.js';
import { readOpenTransactions } from '../../src/outbox/readOpenTransactions.js';
import { end, openCapture, sealBatches, setStatus } from '../support/cleaning.js';
import type { TestDatabases } from '../support/databases.js';
import { doctorContext, faultCodes, findFaults } from '../support/doctor.js';
import { seedEvents, testDatabases } from '../support/outbox.js';

describe('the doctor', () => {
  it('finds nothing wrong with new databases, and says what it looked at', async () => {
    const databases = await testDatabases();
    const { findings } = await examine(doctorContext(databases));
    expect(findings.filter(({ severity }) => severity !== 'ok').map(({ code }) => code)).toEqual([
      'NO_WORKER_YET',
    ]);
    expect(findings.filter(({ severity }) => severity === 'ok').length).toBeGreaterThan(14);
  });

  it('finds nothing wrong with databases that have delivered, and leaves them as they are', async () => {
    const databases = await testDatabases();
    await seedEvents(databases, 250);
    await databases.service().run();
    expect(await faultCodes(databases)).toEqual([]);
    await databases.service().run();
    expect(await faultCodes(databases)).toEqual([]);
  });

  it('examines ClickHouse where Postgres cannot be reached, and says which it is', async () => {
    const databases = await testDatabases();
    const outbox = openOutbox({
      databaseUrl: 'postgres://u@127.0.0.1:1/x',
      schema: 'waybill',
      connectionsMax: 2,
    });
    onTestFinished(() => closeOutbox(outbox));
    const { findings } = await examine({ ...doctorContext(databases), outbox });
    expect(findings.filter(({ side }) => side === 'postgres')).toMatchObject([
      {
        code: 'POSTGRES_UNREACHABLE',
        severity: 'fatal',
        summary: expect.stringContaining('ECONNREFUSED') as string,
      },
    ]);
    expect(findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['TABLE_DEDUPLICATES', 'WINDOW_FITS']),
    );
  });

  it('tells a database that is not there from a server that is not there', async () => {
    const databases = await testDatabases();
    const url = new URL(databases.databaseUrl);
    url.pathname = '/there_is_none';
    const outbox = openOutbox({ databaseUrl: url.href, schema: 'waybill', connectionsMax: 2 });
    onTestFinished(() => closeOutbox(outbox));
    const { findings } = await examine({ ...doctorContext(databases), outbox });
    expect(findings[0]).toMatchObject({ code: 'POSTGRES_REFUSES', severity: 'fatal' });
  });
});

interface Trouble {
  /** The trouble is made by these, in which ROLE stands for a role of the test's own. */
  readonly statements: readonly string[];
  readonly code: string;
  readonly severity: 'fatal' | 'warning';
  readonly summary: RegExp;
  readonly advice: RegExp;
}

const setting = (name: string, value: string): string[] => [
  `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET ${name} = ''${value}''', current_database()); END $$`,
];

const troubles: [string, Trouble][] = [
  [
    'a sequence that hands out ids ahead',
    {
      statements: ['ALTER TABLE waybill.event ALTER COLUMN id SET CACHE 20'],
      code: 'SEQUENCE_CACHED',
      severity: 'fatal',
      summary: /CACHE 20/,
      advice: /^ {2}ALTER TABLE "waybill"\.event ALTER COLUMN id SET CACHE 1;$/m,
    },
  ],
  [
    'a missing seal_batch',
    {
      statements: ['DROP FUNCTION waybill.seal_batch(integer, boolean)'],
      code: 'SEAL_BATCH_MISSING',
      severity: 'fatal',
      summary: /seal_batch\(integer, boolean\) is not there/,
      advice: /waybill migrate --print postgres/,
    },
  ],
  [
    'a newer, breaking migration',
    {
      statements: [
        `INSERT INTO waybill.migration (number, name, breaking, checksum) VALUES (9999, '9999_future', true, 'x')`,
      ],
      code: 'SCHEMA_TOO_NEW',
      severity: 'fatal',
      summary: /9999_future/,
      advice: /newer version/,
    },
  ],
  [
    'a default isolation level in which sealing fails',
    {
      statements: setting('default_transaction_isolation', 'repeatable read'),
      code: 'ISOLATION_TOO_HIGH',
      severity: 'fatal',
      summary: /repeatable read/,
      advice: /ALTER ROLE .* SET default_transaction_isolation = 'read committed'/,
    },
  ],
  [
    'a database that only lets read',
    {
      statements: setting('default_transaction_read_only', 'on'),
      code: 'POSTGRES_READ_ONLY',
      severity: 'fatal',
      summary: /only lets role \w+ read/,
      advice: /primary/,
    },
  ],
  [
    'events in the DEFAULT partition',
    {
      statements: [
        `INSERT INTO waybill.event (id, event_id, event_type, event_date_time, environment, event_context)
         OVERRIDING SYSTEM VALUE VALUES (900000000, gen_random_uuid(), 'late', now(), 'test', '{}')`,
      ],
      code: 'DEFAULT_PARTITION_USED',
      severity: 'warning',
      summary: /holds events/,
      advice: /EVENT_PARTITION_SIZE/,
    },
  ],
  [
    'partitions that are nearly used up',
    {
      statements: [`SELECT setval(pg_get_serial_sequence('waybill.event', 'id'), 3500000)`],
      code: 'PARTITIONS_FEW',
      severity: 'warning',
      summary: /500,000 more ids/,
      advice: /waybill clean-events-outbox/,
    },
  ],
  [
    'thousands of holes among the sealed ids',
    {
      statements: [
        `UPDATE waybill.seal_cursor SET hole_limit = 20001, hole_owners = '{}', sealed_above = (
           SELECT range_agg(int8range(id, id, '[]')) FROM generate_series(2, 20000, 2) AS id)`,
      ],
      code: 'HOLES_MANY',
      severity: 'warning',
      summary: /10,000 stretches/,
      advice: /End transactions/,
    },
  ],
  [
    'a task that nobody runs',
    {
      statements: [
        `INSERT INTO waybill.task (name, interval_ms, next_due_at) VALUES ('process_events', 60000, now() - interval '3 hours')`,
      ],
      code: 'TASK_OVERDUE',
      severity: 'warning',
      summary: /process_events was due 3 h ago/,
      advice: /waybill worker/,
    },
  ],
  [
    'a task that failed',
    {
      statements: [
        `INSERT INTO waybill.task (name, interval_ms, next_due_at, last_error)
         VALUES ('clean_events_outbox', 60000, now() + interval '1 hour', 'out of paper')`,
      ],
      code: 'TASK_FAILED',
      severity: 'warning',
      summary: /clean_events_outbox failed when it last ran: out of paper/,
      advice: /log of the worker/,
    },
  ],
];

describe('in Postgres, the doctor names', () => {
  it.each(troubles)('%s, and nothing else', async (_name, trouble) => {
    const databases = await testDatabases();
    for (const statement of trouble.statements) await databases.pool.query(statement);
    await closeIdleConnections(databases);
    const faults = await findFaults(databases);
    expect(faults).toMatchObject([{ code: trouble.code, severity: trouble.severity }]);
    expect(faults[0]?.summary).toMatch(trouble.summary);
    expect(faults[0]?.advice).toMatch(trouble.advice);
  });

  it('databases that were never migrated', async () => {
    const databases = await testDatabases({ migrated: false });
    expect(await faultCodes(databases)).toEqual(['NOT_MIGRATED', 'TABLE_MISSING']);
  });

  it('the rights that a role lacks, which are enough once they are granted as it says', async () => {
    const databases = await testDatabases();
    const role = `weak_${databases.clickhouseDatabase}`;
    await databases.pool.query(`CREATE ROLE ${role} LOGIN`);
    onTestFinished(async () => {
      await databases.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    });
    const url = new URL(databases.databaseUrl);
    url.username = role;
    const outbox = openOutbox({ databaseUrl: url.href, schema: 'waybill', connectionsMax: 4 });
    onTestFinished(() => closeOutbox(outbox));
    const weak = { ...databases, outbox };

    const faults = await findFaults(weak);
    expect(faults.map(({ code }) => code)).toEqual(['OUTBOX_RIGHTS_MISSING', 'OUTBOX_NOT_OWNED']);
    for (const statement of pasted(faults[0]?.advice)) await databases.pool.query(statement);
    expect(await faultCodes(weak)).toEqual(['OUTBOX_NOT_OWNED']);
  });

  it('a transaction that holds table event, by its process, and calls it long only after a while', async () => {
    const databases = await testDatabases();
    const client = await openCapture(databases);
    onTestFinished(() => end(client, 'ROLLBACK'));
    expect(await faultCodes(databases)).toEqual([]);
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const facts = {
      pid: rows[0]?.pid,
      preparedAs: undefined,
      role: 'postgres',
      state: 'idle in transaction',
      writes: true,
    };
    expect(await readOpenTransactions(databases.outbox)).toMatchObject([facts]);
  });

  it('quarantined events, and a batch that keeps failing', async () => {
    const databases = await testDatabases();
    await seedEvents(databases, 20);
    const [refused, failing] = await sealBatches(databases, [10, 10]);
    await setStatus(databases, refused, 'QUARANTINED');
    await databases.pool.query(
      `UPDATE waybill.batch SET attempt_count = 40, last_error_code = '252 TOO_MANY_PARTS', last_error = 'too many parts'
       WHERE id = $1`,
      [failing],
    );
    const faults = await findFaults(databases);
    expect(faults.map(({ code }) => code)).toEqual(['EVENTS_QUARANTINED', 'BATCH_KEEPS_FAILING']);
    expect(faults[0]?.summary).toContain('10 events');
    expect(faults[1]?.summary).toMatch(/has failed 40 times, last with 252 TOO_MANY_PARTS: too many parts/);
  });

  it('records that should have been delivered long ago, but not those that wait for their batch to fill', async () => {
    const databases = await testDatabases();
    await seedEvents(databases, 150, { capturedAt: new Date(Date.now() - 3 * 3_600_000) });
    expect(await faultCodes(databases, { logEventsPartitionQuantity: 100 })).toEqual(['RECORDS_OVERDUE']);
    expect(await faultCodes(databases, { logEventsPartitionQuantity: 1_000 })).toEqual([]);
    const { findings } = await examine(doctorContext(databases));
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'RECORDS_WAIT_FOR_BATCH', severity: 'note' }),
    );
    const soon = { logEventsMaxWaitInMinutes: 10 };
    expect(await faultCodes(databases, soon)).toEqual(['RECORDS_OVERDUE']);
  });
});

/** Settings of a database hold for connections made from now on. */
async function closeIdleConnections({ pool, outbox }: TestDatabases): Promise<void> {
  await pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'waybill' AND datname = current_database()`,
  );
  await outbox.query('SELECT 1').catch(() => undefined); // the pool may hand out one whose end it has not seen yet
}

/** The commands of an advice. */
function pasted(advice = ''): string[] {
  return advice.split('\n').filter((line) => line.startsWith('  '));
}
