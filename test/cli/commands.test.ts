import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { captureEvents } from '../../src/index.js';
import { inTransaction } from '../../src/outbox/database.js';
import { runCommand, startCommand } from '../support/command.js';
import { compare, createDatabases, deliveredEventIds, type TestDatabases } from '../support/databases.js';
import { waitUntil } from '../support/waitUntil.js';

let databases: TestDatabases;
beforeEach(async () => {
  databases = await createDatabases();
});
afterEach(async () => {
  await databases.drop();
});

function capture(count: number): Promise<string[]> {
  const events = Array.from({ length: count }, (_, index) => ({
    eventType: 'counted',
    eventContext: { index },
  }));
  return inTransaction(databases.outbox, (tx) => captureEvents(tx, events));
}

describe('waybill', () => {
  it('says what it can do, with examples and exit codes', async () => {
    const { exitCode, stdout } = await runCommand(['--help']);
    expect(exitCode).toBe(0);
    for (const word of [
      'up',
      'migrate',
      'worker',
      'process-events',
      'clean-events-outbox',
      'status',
      'config',
    ]) {
      expect(stdout).toContain(`  ${word} `);
    }
    expect(stdout).toContain('Exit codes: 0');
    expect(stdout).toContain('$ waybill worker');
  });

  it('answers a mistyped command with the one that was meant, and exit code 2', async () => {
    const { exitCode, stderr } = await runCommand(['wroker']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Did you mean worker?');
  });

  it('lists every wrong option at once, each with its variable, what was received and what is allowed', async () => {
    const { exitCode, stderr } = await runCommand(['worker'], {
      LOG_EVENTS_PARTITION_QUANTITY: '0',
      FAILED_LOG_SENDING_RETRIES: 'abc',
      CLICKHOUSE_URL: 'ftp://user:geheim@host',
      TASK_ENGINE: 'celery',
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('DATABASE_URL: is not set');
    expect(stderr).toContain('CELERY_BROKER_URL: is not set; TASK_ENGINE is celery; allowed: a URL');
    expect(stderr).toContain(
      'LOG_EVENTS_PARTITION_QUANTITY: received "0" (from environment); allowed: a whole number from 1 to 1,000,000',
    );
    expect(stderr).toContain('FAILED_LOG_SENDING_RETRIES: received "abc"');
    expect(stderr).toContain('CLICKHOUSE_URL: received "ftp://user:***@host/"');
    expect(stderr).not.toContain('geheim');
  });

  it('says that a server is out of reach with exit code 1', async () => {
    const { exitCode, stderr } = await runCommand(['status'], {
      DATABASE_URL: 'postgres://u:geheim@127.0.0.1:1/x',
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('ECONNREFUSED 127.0.0.1:1');
    expect(stderr).toContain('Is the server up');
    expect(stderr).not.toContain('geheim');
  });
});

describe('a command that a database refuses', () => {
  it('ends with exit code 3 when the password or the database is wrong, which trying again does not mend', async () => {
    const noDatabase = new URL(databases.databaseUrl);
    noDatabase.pathname = '/there_is_none';
    expect(await runCommand(['status'], { DATABASE_URL: noDatabase.href })).toMatchObject({ exitCode: 3 });
    const wrongPassword = new URL(databases.clickhouseUrl);
    wrongPassword.username = 'nobody';
    wrongPassword.password = 'geheim';
    const migrating = await runCommand(['migrate'], {
      ...databases.environment,
      CLICKHOUSE_URL: wrongPassword.href,
    });
    expect(migrating).toMatchObject({ exitCode: 3 });
    expect(migrating.stderr).not.toContain('geheim');
  });
});

describe('waybill config', () => {
  it('shows what holds and where it came from, with passwords hidden', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'waybill-config-'));
    try {
      await writeFile(
        join(directory, '.env'),
        'LOG_EVENTS_PARTITION_QUANTITY=77\nDATABASE_URL=postgres://u:geheim@h/d\n',
      );
      const environment = {
        FAILED_LOG_SENDING_RETRIES: '9',
        CELERY_BROKER_URL: 'amqp://u:geheim@h:5672/v',
        CELERY_RESULT_BACKEND: 'redis://:geheim@h:6379/1',
        REDIS_URL: 'rediss://u:geheim@h:6379/0',
      };
      const { exitCode, stdout } = await runCommand(['config', '--json'], environment, directory);
      expect(exitCode).toBe(0);
      const rows = JSON.parse(stdout) as { variable: string; value: string; from: string }[];
      const shown = Object.fromEntries(
        rows.map(({ variable, value, from }) => [variable, `${value} ${from}`]),
      );
      expect(shown).toMatchObject({
        LOG_EVENTS_PARTITION_QUANTITY: '77 .env',
        FAILED_LOG_SENDING_RETRIES: '9 environment',
        LOG_SENDING_FREQUENCY_IN_MINUTES: '10 default',
        OUTBOX_CLEAN_IN_MINUTES: '1440 default',
        DATABASE_URL: 'postgres://u:***@h/d .env',
        CELERY_BROKER_URL: 'amqp://u:***@h:5672/v environment',
        CELERY_RESULT_BACKEND: 'redis://:***@h:6379/1 environment',
        REDIS_URL: 'rediss://u:***@h:6379/0 environment',
      });
      expect(stdout).not.toContain('geheim');
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('--dotenv', () => {
  it('names another file of variables, and one that is not there is a mistake', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'waybill-dotenv-'));
    try {
      const file = join(directory, 'production.env');
      await writeFile(file, 'LOG_EVENTS_PARTITION_QUANTITY=78\n');
      const { stdout } = await runCommand(['config', '--dotenv', file], {}, directory);
      expect(stdout).toMatch(/LOG_EVENTS_PARTITION_QUANTITY +78 +\.env/);
      const missing = await runCommand(
        ['config', '--dotenv', join(directory, 'prodcution.env')],
        {},
        directory,
      );
      expect(missing.exitCode).toBe(2);
      expect(missing.stderr).toContain('is not there. Nothing was started');
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('waybill migrate', () => {
  it('says what it did the first time and that there is nothing to do the second', async () => {
    const fresh = await createDatabases({ migrated: false });
    try {
      const first = await runCommand(['migrate'], fresh.environment);
      expect(first).toMatchObject({ exitCode: 0, stdout: '' });
      expect(first.stderr).toContain('postgres: applied 0001_outbox');
      expect(first.stderr).toContain('clickhouse: applied 0001_event_log');
      const second = await runCommand(['migrate'], fresh.environment);
      expect(second).toMatchObject({ exitCode: 0, stderr: 'Both databases were up to date.\n' });
    } finally {
      await fresh.drop();
    }
  });

  it('prints only the later migrations for an update', async () => {
    const { exitCode, stdout } = await runCommand(['migrate', '--print', 'postgres', '--from', '2']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('CREATE FUNCTION "waybill".seal_batch');
    expect(stdout).not.toContain('CREATE TABLE "waybill".event');
    expect((await runCommand(['migrate', '--print', '--from', 'two'])).exitCode).toBe(2);
  });

  it('prints the SQL of one database for those who run it with their own tool', async () => {
    const { exitCode, stdout } = await runCommand(['migrate', '--print', 'postgres'], {
      WAYBILL_SCHEMA: 'events',
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('CREATE TABLE "events".event');
    expect(stdout).not.toContain('MergeTree');
    expect(stdout).not.toContain(':"schema"');
  });
});

describe('a command on databases that were never migrated', () => {
  it('says which command to run, with exit code 3', async () => {
    const fresh = await createDatabases({ migrated: false });
    try {
      const { exitCode, stderr } = await runCommand(['process-events'], fresh.environment);
      expect(exitCode).toBe(3);
      expect(stderr).toContain('Run: waybill migrate');
    } finally {
      await fresh.drop();
    }
  });
});

describe('waybill process-events', () => {
  it('delivers what is there and prints its report', async () => {
    const committed = await capture(250);
    const environment = { ...databases.environment, LOG_EVENTS_PARTITION_QUANTITY: '50' };
    const { exitCode, stdout } = await runCommand(['process-events', '--json'], environment);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      endedBecause: 'drained',
      batchesDelivered: 5,
      eventsDelivered: 250,
    });
    expect(compare(committed, await deliveredEventIds(databases.eventLog))).toEqual({
      lost: [],
      doubled: [],
      phantom: [],
    });
  });

  it('ends with exit code 1 when ClickHouse is out of reach, and keeps every event', async () => {
    await capture(100);
    const { exitCode, stdout } = await runCommand(['process-events'], {
      ...databases.environment,
      CLICKHOUSE_URL: 'http://127.0.0.1:1',
      LOG_EVENTS_PARTITION_QUANTITY: '100',
      FAILED_LOG_SENDING_RETRIES: '0',
    });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('awaits delivery again');
    const { stdout: status } = await runCommand(['status', '--json'], databases.environment);
    expect(JSON.parse(status)).toMatchObject({ records: { awaiting: 100, sending: 0, delivered: 0 } });
  });

  it('refuses a ttl that is no duration', async () => {
    const { exitCode, stderr } = await runCommand(['process-events', '--ttl', 'soon'], databases.environment);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('allowed: a duration such as 30s');
  });
});

describe('waybill status', () => {
  it('shows records by status, the age of the oldest, the tasks and the last runs', async () => {
    await capture(130);
    const environment = { ...databases.environment, LOG_EVENTS_PARTITION_QUANTITY: '50' };
    await runCommand(['process-events'], environment);
    const { exitCode, stdout } = await runCommand(['status'], environment);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/awaiting delivery +30 +oldest \d/);
    expect(stdout).toMatch(/delivered +100/);
    expect(stdout).toContain('No worker has ever started');
    expect(stdout).toMatch(/drained/);
  });
});

describe('waybill worker and clean-events-outbox', () => {
  it('deliver until SIGTERM, leave nothing claimed, and then clean what was delivered', async () => {
    const environment = {
      ...databases.environment,
      LOG_EVENTS_PARTITION_QUANTITY: '50',
      LOG_SENDING_FREQUENCY_IN_MINUTES: '0.005',
    };
    const worker = startCommand(['worker'], environment);
    await waitUntil('the worker has started, and cleaned, with nothing there yet', () =>
      worker.stderr().includes('clean_events_outbox has run'),
    );
    const committed = await capture(200);
    await waitUntil(
      'all is delivered',
      async () => (await deliveredEventIds(databases.eventLog)).length >= 200,
    );
    worker.process.kill('SIGTERM');
    expect((await worker.ended).exitCode).toBe(0);
    expect(worker.stdout()).toBe('');

    expect(compare(committed, await deliveredEventIds(databases.eventLog))).toEqual({
      lost: [],
      doubled: [],
      phantom: [],
    });
    const { stdout: status } = await runCommand(['status', '--json'], environment);
    expect(JSON.parse(status)).toMatchObject({
      records: { awaiting: 0, sending: 0, delivered: 200 },
      tasks: [{}, {}],
    });

    const cleaning = await runCommand(['clean-events-outbox', '--json'], environment);
    expect(cleaning.exitCode).toBe(0);
    expect(JSON.parse(cleaning.stdout)).toMatchObject({ eventsDeleted: 200, batchesCleaned: 4 });
    const { rows } = await databases.pool.query('SELECT 1 FROM waybill.event');
    expect(rows).toEqual([]);
  });
});
