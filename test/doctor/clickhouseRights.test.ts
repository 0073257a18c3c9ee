import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startClickHouse } from '@waybill/embedded';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { GivenOptions } from '../../src/config/options.js';
import { closeEventLog, openEventLog } from '../../src/eventlog/client.js';
import { EventLogService } from '../../src/delivery/eventLogService.js';
import { deliveryPorts } from '../../src/delivery/ports.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { findFaults } from '../support/doctor.js';
import { createEventLog } from '../support/ownClickHouse.js';
import { seedEvents } from '../support/outbox.js';

// Users of ClickHouse's own making need a server of their own: the one of all tests has no storage for users. Its rights
// stand in a file that it reads when it starts, so all users of these tests are there from the beginning.
const table = 'rights.event_log';
const select = `GRANT SELECT(batch_id, event_date_time) ON ${table}`;
const users = {
  complete: [`GRANT INSERT ON ${table}`, select, `GRANT ALTER DELETE ON ${table}`],
  cannot_insert: [select, `GRANT ALTER DELETE ON ${table}`],
  cannot_select: [`GRANT INSERT ON ${table}`, `GRANT ALTER DELETE ON ${table}`],
  cannot_delete: [`GRANT INSERT ON ${table}`, select],
  reader: [`GRANT INSERT ON ${table}`, select, `GRANT ALTER DELETE ON ${table}`],
  tied: [`GRANT INSERT ON ${table}`, select, `GRANT ALTER DELETE ON ${table}`],
  small: [`GRANT INSERT ON ${table}`, select, `GRANT ALTER DELETE ON ${table}`],
  differs: [`GRANT INSERT ON ${table}`, select, `GRANT ALTER DELETE ON ${table}`],
};
type User = keyof typeof users;

const profiles: Partial<Record<User, string>> = {
  reader: '<readonly>1</readonly>',
  tied: '<async_insert>1</async_insert><constraints><async_insert><const/></async_insert></constraints>',
  small:
    '<max_insert_block_size>50</max_insert_block_size>' +
    '<constraints><max_insert_block_size><max>500</max></max_insert_block_size></constraints>',
  // What is said here each insert overrides.
  differs:
    '<async_insert>1</async_insert><insert_deduplicate>0</insert_deduplicate><max_insert_block_size>7</max_insert_block_size>',
};

function usersFile(): string {
  const names = Object.keys(users) as User[];
  const access = '<networks><ip>::/0</ip></networks><quota>default</quota><password></password>';
  return `<clickhouse>
    <profiles><default/>${names.map((name) => `<${name}>${profiles[name] ?? ''}</${name}>`).join('')}</profiles>
    <quotas><default/></quotas>
    <users>
      <default>${access}<profile>default</profile></default>
      ${names
        .map((name) => {
          // Every user may see the migrations' record, which a migrated event log has beside it.
          const grants = [...users[name], 'GRANT SELECT ON rights.event_log_migration']
            .map((grant) => `<query>${grant}</query>`)
            .join('');
          return `<${name}>${access}<profile>${name}</profile><grants>${grants}</grants></${name}>`;
        })
        .join('')}
    </users>
  </clickhouse>`;
}

let databases: TestDatabases;
let url: string;
let stop: () => Promise<void>;
beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'waybill-rights-'));
  await mkdir(join(dataDir, 'conf.d'));
  const file = join(dataDir, 'users.xml');
  await writeFile(file, usersFile());
  await writeFile(
    join(dataDir, 'conf.d', 'users.xml'),
    `<clickhouse><users_config>${file}</users_config></clickhouse>`,
  );
  const engine = await startClickHouse({ dataDir });
  url = engine.url;
  stop = async () => {
    await engine.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  databases = await createDatabases();
  const eventLog = openEventLog({
    clickhouseUrl: url,
    database: 'rights',
    table: 'event_log',
    timeoutMs: 30_000,
    connectionsMax: 2,
  });
  await createEventLog({ ...databases, eventLog, clickhouseDatabase: 'rights' });
  await closeEventLog(eventLog);
});
afterAll(async () => {
  await databases.drop();
  await stop();
});

/** The test's databases as a user of ClickHouse has them. */
function as(user: User): Pick<TestDatabases, 'outbox' | 'eventLog' | 'given' | 'pool'> {
  const asUser = new URL(url);
  asUser.username = user;
  const eventLog = openEventLog({
    clickhouseUrl: asUser.href,
    database: 'rights',
    table: 'event_log',
    timeoutMs: 30_000,
    connectionsMax: 4,
  });
  onTestFinished(() => closeEventLog(eventLog));
  const given: GivenOptions = {
    ...databases.given,
    clickhouseUrl: asUser.href,
    clickhouseDatabase: 'rights',
  };
  return { outbox: databases.outbox, pool: databases.pool, eventLog, given };
}

/** One run of the service as that user. Returns how it ended. */
async function deliver(side: ReturnType<typeof as>): Promise<string> {
  await seedEvents(side, 100);
  const report = await new EventLogService(deliveryPorts(side.outbox, side.eventLog), {
    partitionQuantity: 100,
    failedSendingRetries: 0,
    concurrency: 1,
    claimLeaseMs: 60_000,
  }).run();
  return report.endedBecause;
}

describe('the doctor, as a user of ClickHouse that', () => {
  it('has the rights that are needed and no more, finds nothing wrong, and such a user delivers', async () => {
    const side = as('complete');
    expect(await findFaults(side)).toEqual([]);
    expect(await deliver(side)).toBe('drained');
  });

  it('has a profile that says otherwise of what is pinned, finds nothing wrong, and such a user delivers', async () => {
    const side = as('differs');
    expect(await findFaults(side)).toEqual([]);
    expect(await deliver(side)).toBe('drained');
  });

  it.each([
    ['cannot_insert', 'RIGHT_MISSING', 'fatal', 'INSERT ON'],
    ['cannot_select', 'RIGHT_MISSING', 'fatal', 'SELECT(batch_id, event_date_time) ON'],
    ['cannot_delete', 'DELETE_RIGHT_MISSING', 'warning', 'ALTER DELETE ON'],
  ] as const)('%s, names the right, and the GRANT that gives it', async (user, code, severity, right) => {
    const faults = await findFaults(as(user));
    expect(faults).toMatchObject([{ code, severity, summary: expect.stringContaining(right) as string }]);
    expect(faults[0]?.advice).toContain(`\n  GRANT ${right} \`rights\`.\`event_log\` TO \`${user}\`;`);
  });

  it('may only read, says so and nothing else, and such a user delivers nothing', async () => {
    const side = as('reader');
    expect((await findFaults(side)).map(({ code }) => code)).toEqual(['USER_READ_ONLY']);
    expect(await deliver(side)).toBe('misconfigured');
    await databases.service().run(); // leaves nothing behind for the others
  });

  it('may not change a pinned setting, names it, and such a user delivers nothing', async () => {
    const side = as('tied');
    expect(await findFaults(side)).toMatchObject([
      {
        code: 'SETTING_NOT_ALLOWED',
        severity: 'fatal',
        summary: expect.stringContaining('async_insert is fixed at 1') as string,
      },
    ]);
    expect(await deliver(side)).toBe('misconfigured');
    await databases.service().run();
  });

  it('may not set a value as large as a batch needs, names the bound', async () => {
    expect(await findFaults(as('small'))).toMatchObject([
      {
        code: 'SETTING_NOT_ALLOWED',
        summary: expect.stringMatching(/max_insert_block_size has to be at most 500.* needs 1001/) as string,
      },
    ]);
  });
});
