import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sealBatches, setStatus } from '../support/cleaning.js';
import { inClickHouse } from '../support/clickhouse.js';
import { runCommand, type CommandResult } from '../support/command.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { expectExactlyOnce, readBatches, seedEvents } from '../support/outbox.js';

let databases: TestDatabases;
beforeEach(async () => {
  databases = await createDatabases();
});
afterEach(async () => {
  await databases.drop();
});

function waybill(...args: string[]): Promise<CommandResult> {
  return runCommand(args, { ...databases.environment, LOG_EVENTS_PARTITION_QUANTITY: '5' });
}

/** Fifteen events are sent, of which ClickHouse refuses two. Returns the ids of those. */
async function quarantineTwo(): Promise<string[]> {
  await inClickHouse(databases, `ALTER TABLE DB.event_log ADD CONSTRAINT no_bad CHECK event_type != 'bad'`);
  const ids = await seedEvents(databases, 15);
  const bad = [ids[3] ?? '', ids[11] ?? ''];
  await databases.pool.query(`UPDATE waybill.event SET event_type = 'bad' WHERE event_id = ANY ($1)`, [bad]);
  expect(await waybill('process-events')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/events quarantined +2: waybill quarantine list/) as unknown,
  });
  return bad;
}

const unknownId = '01900000-0000-7000-8000-000000000000';

describe('waybill quarantine', () => {
  it('lists, shows, releases and drops, and actions tells who did it', async () => {
    const [first = '', second = ''] = await quarantineTwo();
    const listed = await waybill('quarantine', 'list');
    expect(listed).toMatchObject({ exitCode: 0, stderr: '' });
    expect(listed.stdout).toMatch(
      new RegExp(`${first}  bad .* ago  469 VIOLATED_CONSTRAINT  event_type  Constraint`),
    );
    expect(listed.stdout).toContain(second);
    expect(listed.stdout).toMatch(/\n +2 {2}bad {3}469 VIOLATED_CONSTRAINT/);

    const shown = await waybill('quarantine', 'show', second);
    expect(shown.stdout).toContain('"number" : 11');
    expect(shown.stdout).toContain('is violated at row 1. Expression');
    expect((await waybill('status')).stdout).toMatch(
      /quarantined +2 +oldest .*; see waybill quarantine list/,
    );

    const dropped = await waybill('quarantine', 'drop', first, '--by', 'anna', '--reason', 'a test event');
    expect(dropped).toMatchObject({ exitCode: 0, stderr: '' });
    expect(dropped.stdout).toContain('Dropped 1 event.');
    await inClickHouse(databases, 'ALTER TABLE DB.event_log DROP CONSTRAINT no_bad');
    expect(await waybill('quarantine', 'release', second)).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await waybill('process-events', '--json')).stdout).toContain('"eventsDelivered": 1');
    expect((await waybill('quarantine', 'list')).stdout).toBe('No event is quarantined that fits.\n');

    const actions = await waybill('actions');
    expect(actions.stdout).toMatch(new RegExp(`anna +drop +1  event ${first} \\(bad\\) +a test event`));
    expect(actions.stdout).toMatch(new RegExp(`@.* +release +1  event ${second} \\(bad\\)`));
    expect(JSON.parse((await waybill('actions', '--json')).stdout)).toHaveLength(2);
  });

  it('shows how many --all means, and acts only with --yes', async () => {
    await quarantineTwo();
    const asked = await waybill('quarantine', 'release', '--all', '--type', 'bad');
    expect(asked.exitCode).toBe(2);
    expect(asked.stderr).toContain('2 events would be meant');
    expect(asked.stderr).toContain('Nothing was done. Add --yes');
    expect(JSON.parse((await waybill('quarantine', 'list', '--json')).stdout)).toMatchObject({
      events: [{}, {}],
      groups: [{ eventType: 'bad', events: 2 }],
    });
    expect((await waybill('quarantine', 'drop', '--all', '--code', '469', '--yes')).stdout).toContain(
      'Dropped 2 events.',
    );
    expect(await waybill('quarantine', 'drop', '--all', '--yes')).toMatchObject({
      exitCode: 1,
      stderr: 'No event is quarantined that fits. Nothing was done.\n',
    });
  });

  it('does what it can of several ids, and names those that are not quarantined', async () => {
    const [first = '', second = ''] = await quarantineTwo();
    const released = await waybill('quarantine', 'release', first, unknownId, second);
    expect(released).toMatchObject({ exitCode: 1 });
    expect(released.stdout).toContain('Released 2 events.');
    expect(released.stderr).toContain(`No quarantined event has the id ${unknownId}.`);
    expect(await waybill('quarantine', 'show', first)).toMatchObject({ exitCode: 1, stdout: '' });
  });

  it.each([
    [['release'], 'which events?'],
    [['release', unknownId, '--all'], 'not both'],
    [['drop', unknownId, '--type', 'bad'], '--type and --code go with --all'],
    [['drop', 'all'], 'allowed: the id of an event'],
    [['list', '--limit', 'many'], 'allowed: a whole number'],
    [['relese'], 'Did you mean release?'],
  ])('answers %j with exit code 2 and what is wrong', async (args, answer) => {
    const { exitCode, stderr } = await waybill('quarantine', ...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(answer);
  });

  it('writes out control characters, which a terminal would obey', async () => {
    await seedEvents(databases, 1);
    await databases.pool.query(`UPDATE waybill.event SET event_type = E'a\\x1b[2Jb', subject = E'\\u009b2J'`);
    const [batchId] = await sealBatches(databases, [1]);
    await setStatus(databases, batchId, 'QUARANTINED');
    const { stdout } = await waybill('quarantine', 'list');
    expect(stdout).toContain('a\\u001b[2Jb');
    const { events } = JSON.parse((await waybill('quarantine', 'list', '--json')).stdout) as {
      events: { eventId: string }[];
    };
    const shown = await waybill('quarantine', 'show', events[0]?.eventId ?? '');
    expect(`${stdout}${shown.stdout}`).not.toMatch(/(?!\n)\p{Cc}/u);
  });
});

describe('waybill status --max-age', () => {
  it('fails when the oldest undelivered record is older, and says so, where no worker ever ran', async () => {
    await seedEvents(databases, 3, { capturedAt: new Date(Date.now() - 1_200_000) });
    const postgresOnly = { DATABASE_URL: databases.databaseUrl };
    const exceeded = await runCommand(['status', '--max-age', '15m'], postgresOnly);
    expect(exceeded.exitCode).toBe(1);
    expect(exceeded.stdout).toMatch(/oldest undelivered +20 min( \d+ s)? ago +allowed 15 min/);
    expect(exceeded.stderr).toMatch(
      /^The oldest undelivered record was captured 20 min.* ago; allowed are 15 min\./,
    );
    expect(await waybill('status', '--max-age', '30m')).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('does not count quarantined events, which have a limit of their own', async () => {
    await quarantineTwo();
    expect(await waybill('status', '--max-age', '1ms')).toMatchObject({ exitCode: 0 });
    expect(await waybill('status', '--max-quarantined', '2')).toMatchObject({ exitCode: 0, stderr: '' });
    const exceeded = await waybill('status', '--max-age', '1h', '--max-quarantined', '1', '--json');
    expect(exceeded.exitCode).toBe(1);
    expect(exceeded.stderr).toBe(
      '2 events are quarantined; allowed are 1. waybill quarantine list tells why.\n',
    );
    expect(JSON.parse(exceeded.stdout)).toMatchObject({
      quarantinedEvents: 2,
      exceeded: [expect.any(String)],
    });
  });

  it('fails when Postgres is out of reach, and refuses what is no duration', async () => {
    const away = { DATABASE_URL: 'postgres://u@127.0.0.1:1/x' };
    expect(await runCommand(['status', '--max-age', '1h'], away)).toMatchObject({ exitCode: 1 });
    expect(await waybill('status', '--max-age', 'soon')).toMatchObject({ exitCode: 2 });
    expect(await waybill('status', '--max-quarantined', '-1')).toMatchObject({ exitCode: 2 });
  });
});

describe('waybill reconcile', () => {
  it('ends with 0 when nothing differs, 1 when something does, and 0 once it is repaired', async () => {
    const committed = await seedEvents(databases, 15);
    await waybill('process-events');
    const same = await waybill('reconcile', '--since', '1h');
    expect(same).toMatchObject({ exitCode: 0 });
    expect(same.stdout).toMatch(/compared +3 batches, 15 events/);
    expect(same.stdout).toMatch(/\nNothing differs\.\n$/);

    const [missing, doubled] = await readBatches(databases);
    await inClickHouse(
      databases,
      `DELETE FROM DB.event_log WHERE batch_id = '${missing?.id ?? ''}'`,
      `INSERT INTO DB.event_log SELECT * FROM DB.event_log WHERE batch_id = '${doubled?.id ?? ''}' LIMIT 2`,
    );
    const differing = await waybill('reconcile', '--since', '1h');
    expect(differing.exitCode).toBe(1);
    expect(differing.stdout).toMatch(
      new RegExp(`missing  ${missing?.id ?? ''} .* 5 +0  no row is in ClickHouse; --repair`),
    );
    expect(differing.stdout).toMatch(new RegExp(`doubled  ${doubled?.id ?? ''} .* 5 +7  2 rows too many`));
    expect(differing.stdout).toContain('2 batches differ.');

    const repaired = await waybill(
      'reconcile',
      '--since',
      '1h',
      '--repair',
      '--by',
      'anna',
      '--reason',
      'why',
    );
    expect(repaired.exitCode).toBe(0);
    expect(repaired.stdout).toContain('2 repaired. The next run of process_events sends what replaces them');
    await waybill('process-events');
    await expectExactlyOnce(databases, committed);
    expect(await waybill('reconcile', '--since', '1h')).toMatchObject({ exitCode: 0 });
    expect((await waybill('actions')).stdout).toMatch(
      new RegExp(`anna  repair +5  batch ${missing?.id ?? ''} \\(missing\\)  why`),
    );
  });

  it('ends with 1 when something is left that it cannot repair', async () => {
    await seedEvents(databases, 5);
    await waybill('process-events');
    await waybill('clean-events-outbox');
    await inClickHouse(databases, 'TRUNCATE TABLE DB.event_log');
    const { exitCode, stdout } = await waybill('reconcile', '--since', '1h', '--repair', '--yes');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('not repaired: the outbox no longer has all of its events');
    expect(stdout).toContain('restore the 5 events from a backup');
    const report = JSON.parse((await waybill('reconcile', '--since', '1h', '--json')).stdout) as unknown;
    expect(report).toMatchObject({ differences: [{ kind: 'missing', inOutbox: false }], ended: 'complete' });
  });

  it('sends nothing again where the table is empty, as a wrong one may be, unless it is told to', async () => {
    const committed = await seedEvents(databases, 5);
    await waybill('process-events');
    await inClickHouse(databases, 'TRUNCATE TABLE DB.event_log');
    const refused = await waybill('reconcile', '--since', '1h', '--repair');
    expect(refused).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('Nothing was done. Is it the right table') as unknown,
    });
    expect(await readBatches(databases)).toMatchObject([{ status: 'DELIVERED' }]);
    expect(await waybill('reconcile', '--since', '1h', '--repair', '--yes')).toMatchObject({ exitCode: 0 });
    await waybill('process-events');
    await expectExactlyOnce(databases, committed);
  });

  it('ends with 3 when ClickHouse has no such table, and with 1 when it is out of reach', async () => {
    await seedEvents(databases, 5);
    await waybill('process-events');
    const elsewhere = { ...databases.environment, CLICKHOUSE_TABLE: 'none' };
    expect(await runCommand(['reconcile', '--since', '1h'], elsewhere)).toMatchObject({ exitCode: 3 });
    const away = { ...databases.environment, CLICKHOUSE_URL: 'http://127.0.0.1:1' };
    expect(await runCommand(['reconcile', '--since', '1h'], away)).toMatchObject({ exitCode: 1 });
  });

  it.each([
    [[], "required option '--since"],
    [['--since', 'yesterday'], 'allowed: a duration such as 24h or 7d, or a date'],
    [['--since', '2026-02-31T99:00'], 'allowed: a duration'],
    [['--since', '1h', '--until', '2h'], '--since must be before --until'],
  ])('answers %j with exit code 2 and what is wrong', async (args, answer) => {
    const { exitCode, stderr } = await waybill('reconcile', ...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(answer);
  });
});
