import { beforeEach, describe, expect, it } from 'vitest';
import type { Dashboard } from '../../src/dashboard/createDashboard.js';
import type { RedactHook } from '../../src/dashboard/redaction.js';
import type { RouteName } from '../../src/dashboard/schema/routes.js';
import { inClickHouse } from '../support/clickhouse.js';
import { testDatabases } from '../support/outbox.js';
import type { TestDatabases } from '../support/databases.js';
import { call, here, requestOf, testDashboard, type Call } from './dashboards.js';
import { deliverAll, insertEvent } from './filled.js';

const secret = 'DE89-3704-0044';
const secretName = 'Rosalind Franklin';

const hideAccount: RedactHook = (event) => ({
  ...event,
  subject: event.subject === null ? null : 'hidden',
  eventContext: { ...(event.eventContext as object), account: '***', name: undefined },
});

let databases: TestDatabases;
let ids: { delivered: string; quarantined: string; awaiting: string };

/** One event each delivered, refused and waiting, all with the secret in the context and in the subject. */
beforeEach(async () => {
  databases = await testDatabases();
  await inClickHouse(
    databases,
    `ALTER TABLE DB.event_log ADD CONSTRAINT no_bad CHECK event_type NOT LIKE 'bad%'`,
  );
  const context = { account: secret, name: secretName, total: 1 };
  const subject = `account:${secret}`;
  const delivered = await insertEvent(databases, { context, subject });
  const quarantined = await insertEvent(databases, { type: 'bad', context, subject });
  await deliverAll(databases);
  const awaiting = await insertEvent(databases, { context, subject });
  ids = { delivered, quarantined, awaiting };
  // ClickHouse quotes the row in some of its errors.
  for (const table of ['batch', 'attempt', 'run'])
    await databases.pool.query(
      `UPDATE waybill.${table} SET ${table === 'batch' ? 'last_error' : 'error_text'} = $1,
              ${table === 'batch' ? 'last_error_code' : 'error_code'} = '27 CANNOT_PARSE_INPUT'`,
      [`Cannot parse: ${secret} ${secretName}`],
    );
  await databases.pool.query(
    `INSERT INTO waybill.task (name, interval_ms, next_due_at, last_error, last_report)
     VALUES ('process_events', 600000, now() + interval '1 hour', $1, $2)`,
    [
      `Cannot parse: ${secret}`,
      JSON.stringify({ error: { code: '27 CANNOT_PARSE', text: `Cannot parse: ${secret}` } }),
    ],
  );
  await databases.pool.query(`UPDATE waybill.batch SET attempt_count = 99 WHERE status = 'QUARANTINED'`);
  await databases.pool.query(
    `INSERT INTO waybill.batch
       (event_ids, event_count, first_event_time, last_event_time, oldest_captured_at, attempt_count, last_error_code, last_error)
     VALUES ('{[5000,5001)}', 1, now(), now(), now(), 99, '27 CANNOT_PARSE', $1)`,
    [`Cannot parse: ${secret}`],
  );
});

async function textOf(dashboard: Dashboard, name: RouteName, given: Call = {}): Promise<string> {
  const response = await dashboard.fetch(requestOf(name, given), here);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return text;
}

/** Everything that the dashboard can be asked for. */
async function everything(dashboard: Dashboard): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  const ask = async (name: RouteName, given: Call = {}): Promise<void> => {
    answers.set(`${name} ${JSON.stringify(given)}`, await textOf(dashboard, name, given));
  };
  for (const name of [
    'readOverview',
    'listBatches',
    'searchEvents',
    'listQuarantine',
    'readQuarantineGroups',
  ] as const)
    await ask(name);
  for (const name of ['listTasks', 'listRuns', 'readDoctor', 'listActions', 'readFacets'] as const)
    await ask(name);
  for (const id of Object.values(ids)) await ask('readEvent', { params: { id } });
  await ask('readQuarantined', { params: { eventId: ids.quarantined } });
  for (const format of ['ndjson', 'csv']) await ask('exportEvents', { query: { format } });
  for (const { id } of (await call(dashboard, 'listBatches')).items) {
    await ask('readBatch', { params: { id } });
    await ask('listBatchEvents', { params: { id } });
  }
  for (const { id } of (await call(dashboard, 'listRuns')).items) await ask('readRun', { params: { id } });
  return answers;
}

describe('a redact hook', () => {
  it('stands before every answer: nothing of what it hides leaves the server', async () => {
    const open = await everything(testDashboard(databases));
    const telling = [...open].filter(([, text]) => text.includes(secret)).map(([name]) => name.split(' ')[0]);
    // Without it the secret is in all of these, so the test would see it.
    expect(new Set(telling)).toEqual(
      new Set([
        'readOverview',
        'listBatches',
        'searchEvents',
        'listQuarantine',
        'listTasks',
        'listRuns',
        'readDoctor',
        'readEvent',
        'readQuarantined',
        'exportEvents',
        'readBatch',
        'listBatchEvents',
        'readRun',
      ]),
    );
    const redacted = await everything(testDashboard(databases, { redact: hideAccount }));
    for (const [name, text] of redacted) {
      expect(text, name).not.toContain(secret);
      expect(text, name).not.toContain(secretName);
    }
    expect((await call(testDashboard(databases, { redact: hideAccount }), 'readSession')).redacts).toBe(true);
  });

  it('changes errors too, where it says how', async () => {
    const dashboard = testDashboard(databases, {
      redact: hideAccount,
      redactText: (text) => text.replaceAll(secret, '***').replaceAll(secretName, '***'),
    });
    const answers = await everything(dashboard);
    for (const [name, text] of answers) expect(text, name).not.toContain(secret);
    const { event } = await call(dashboard, 'readQuarantined', { params: { eventId: ids.quarantined } });
    expect(event.errorText).toBe('Cannot parse: *** ***');
  });

  it('leaves what it keeps', async () => {
    const dashboard = testDashboard(databases, { redact: hideAccount });
    const { event } = await call(dashboard, 'readEvent', { params: { id: ids.delivered } });
    expect(JSON.parse(event.context)).toEqual({ account: '***', total: 1 });
    expect(event.subject).toBe('hidden');
  });

  it('is no oracle: what it hides cannot be searched for, nor counted', async () => {
    const dashboard = testDashboard(databases, { redact: hideAccount });
    for (const query of [
      { text: secret },
      { key: [`account:${secret}`] },
      { subject: `account:${secret}` },
      { subject: 'account:DE*' },
    ]) {
      expect((await call(dashboard, 'searchEvents', { query })).items, JSON.stringify(query)).toEqual([]);
      expect(await textOf(dashboard, 'exportEvents', { query: { ...query, format: 'ndjson' } })).toBe('');
      expect(await call(dashboard, 'readHistogram', { query })).toMatchObject({
        total: 0,
        notices: [{ code: 'hidden_by_redact' }],
      });
    }
    expect((await call(dashboard, 'searchEvents', { query: { key: ['total:1'] } })).items).toHaveLength(3);
    expect((await call(dashboard, 'readHistogram')).total).toBe(3);
  });

  it.each<[string, RedactHook]>([
    [
      'throws',
      () => {
        throw new Error('no key');
      },
    ],
    ['returns nothing', () => undefined as never],
    ['returns a promise', ((event: unknown) => Promise.resolve(event)) as never],
  ])('that %s shows nothing of the event, and the list all the same', async (_, redact) => {
    const dashboard = testDashboard(databases, { redact });
    for (const text of (await everything(dashboard)).values()) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(secretName);
    }
    const { items } = await call(dashboard, 'searchEvents');
    expect(items).toHaveLength(3);
    expect(items[0]?.contextPreview).toContain('Withheld');
  });
});
