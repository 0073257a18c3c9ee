import { beforeEach, describe, expect, it } from 'vitest';
import type { Dashboard } from '../../src/dashboard/createDashboard.js';
import { inClickHouse } from '../support/clickhouse.js';
import { seedEvents, testDatabases } from '../support/outbox.js';
import { call, refused, testDashboard } from './dashboards.js';
import { filledDatabases, type FilledDatabases } from './filled.js';

const ann = { name: 'ann', role: 'operator', token: 'a-token-of-24-characters' } as const;
const headers = { authorization: `Bearer ${ann.token}` };

let databases: FilledDatabases;
let dashboard: Dashboard;

beforeEach(async () => {
  databases = await filledDatabases();
  dashboard = testDashboard(databases, { users: [ann] });
});

const actions = async (action: string) =>
  (await call(dashboard, 'listActions', { query: { action: [action] }, headers })).items;

describe('releasing', () => {
  it('one event makes it be sent again, is recorded under the name of the user, and asks for a run', async () => {
    await inClickHouse(databases, 'ALTER TABLE DB.event_log DROP CONSTRAINT no_bad');
    const [eventId = ''] = databases.quarantinedIds;
    const body = { events: { of: 'events', eventIds: [eventId.toUpperCase()] }, reason: 'mended' };
    expect(await call(dashboard, 'releaseQuarantined', { body, headers })).toEqual({
      events: 1,
      notQuarantined: [],
      runRequested: true,
    });
    expect(await actions('release')).toMatchObject([
      { performedBy: 'ann', reason: 'mended', eventCount: 1, details: { eventId } },
    ]);
    await databases.service({ partitionQuantity: 100 }).run();
    const { event } = await call(dashboard, 'readEvent', { params: { id: eventId }, headers });
    expect(event.state).toBe('delivered');
    expect(await call(dashboard, 'releaseQuarantined', { body, headers })).toEqual({
      events: 0,
      notQuarantined: [eventId],
      runRequested: false,
    });
  });

  it('all that match does nothing when another number matches than was confirmed', async () => {
    const body = (expected: number) => ({ events: { of: 'matching', eventType: 'bad_order', expected } });
    const problem = await refused(
      dashboard,
      'releaseQuarantined',
      { body: body(3), headers },
      'CHANGED_MEANWHILE',
    );
    expect(problem.detail).toContain('2 events match by now, and not 3');
    expect(await actions('release')).toEqual([]);
    expect(await call(dashboard, 'releaseQuarantined', { body: body(2), headers })).toMatchObject({
      events: 2,
    });
    expect(await actions('release')).toHaveLength(2);
  });

  it('takes more than a thousand, as many as were confirmed', async () => {
    const own = await testDatabases();
    await seedEvents(own, 2_500);
    await own.pool.query(
      `INSERT INTO waybill.batch
         (event_ids, event_count, first_event_time, last_event_time, oldest_captured_at, status, last_error_code)
       SELECT int8multirange(int8range(number, number + 1)), 1, now(), now(), now(), 'QUARANTINED', '469 VIOLATED_CONSTRAINT'
       FROM generate_series(1, 2500) AS number`,
    );
    const dashboardOfOwn = testDashboard(own);
    const body = { events: { of: 'matching', code: '469', expected: 2_500 } };
    expect(await call(dashboardOfOwn, 'releaseQuarantined', { body })).toMatchObject({ events: 2_500 });
    expect((await call(dashboardOfOwn, 'readQuarantineGroups')).total).toBe(0);
  });
});

describe('dropping', () => {
  it('needs a reason, and gives the event up for good', async () => {
    const [eventId = ''] = databases.quarantinedIds;
    const events = { of: 'events', eventIds: [eventId] };
    await refused(dashboard, 'dropQuarantined', { body: { events }, headers }, 'INVALID_REQUEST');
    const body = { events, reason: 'a test order' };
    expect(await call(dashboard, 'dropQuarantined', { body, headers })).toMatchObject({ events: 1 });
    expect(await actions('drop')).toMatchObject([{ performedBy: 'ann', reason: 'a test order' }]);
    const { event } = await call(dashboard, 'readEvent', { params: { id: eventId }, headers });
    expect(event.state).toBe('dropped');
  });
});

describe('retrying a batch', () => {
  const insertBatch = async (status: string, notBefore: string): Promise<string> => {
    const { rows } = await databases.pool.query<{ id: string }>(
      `INSERT INTO waybill.batch
         (event_ids, event_count, first_event_time, last_event_time, oldest_captured_at, status, not_before, delivered_at,
          attempt_count, last_error_code)
       VALUES ('{[1000,1001)}', 1, now(), now(), now(), $1, now() + $2::interval, CASE $1 WHEN 'DELIVERED' THEN now() END, 4, '252 TOO_MANY_PARTS')
       RETURNING id`,
      [status, notBefore],
    );
    return rows[0]?.id ?? '';
  };

  it('makes one due that waits, once, is recorded, and asks for a run', async () => {
    const id = await insertBatch('AWAITING_DELIVERY', '1 hour');
    expect((await call(dashboard, 'readBatch', { params: { id }, headers })).canRetry).toBe(true);
    const retried = await call(dashboard, 'retryBatch', {
      params: { id },
      body: { reason: 'merged' },
      headers,
    });
    expect(retried).toMatchObject({
      outcome: 'due',
      runRequested: true,
      batch: { id, notBefore: null, attemptCount: 4 },
    });
    expect(await actions('retry')).toMatchObject([
      {
        performedBy: 'ann',
        batchId: id,
        eventCount: 1,
        reason: 'merged',
        details: { attempts: 4, code: '252 TOO_MANY_PARTS' },
      },
    ]);
    expect((await call(dashboard, 'retryBatch', { params: { id }, headers })).outcome).toBe('already_due');
    expect(await actions('retry')).toHaveLength(1);
    const { tasks } = await call(dashboard, 'listTasks', { headers });
    expect(tasks[0]).toMatchObject({ name: 'process_events', runRequestedBy: 'ann' });
    const whole = await call(dashboard, 'readBatch', { params: { id }, headers });
    expect(whole).toMatchObject({ canRetry: false, actions: [{ action: 'retry' }] });
  });

  it('leaves one alone that does not await delivery', async () => {
    const id = await insertBatch('DELIVERED', '1 hour');
    expect(await call(dashboard, 'retryBatch', { params: { id }, headers })).toMatchObject({
      outcome: 'not_awaiting',
      runRequested: false,
      batch: { status: 'DELIVERED' },
    });
    expect(await actions('retry')).toEqual([]);
  });
});

describe('tasks', () => {
  const params = { name: 'process_events' };

  it('are run, with a working time, paused and resumed, each recorded', async () => {
    const run = await call(dashboard, 'runTask', { params, body: { ttlMs: 30_000, reason: 'now' }, headers });
    expect(run).toMatchObject({ outcome: 'requested', task: { state: 'requested', runRequestedBy: 'ann' } });
    const paused = await call(dashboard, 'pauseTask', { params, body: { reason: 'upgrade' }, headers });
    expect(paused).toMatchObject({ outcome: 'paused', task: { pausedBy: 'ann' } });
    expect((await call(dashboard, 'pauseTask', { params, headers })).outcome).toBe('unchanged');
    expect(await call(dashboard, 'resumeTask', { params, headers })).toMatchObject({
      outcome: 'resumed',
      task: { pausedAt: null },
    });
    expect(await actions('run')).toMatchObject([{ details: { task: 'process_events', ttlMs: 30_000 } }, {}]);
    expect(await actions('pause')).toMatchObject([{ reason: 'upgrade' }]);
    expect(await actions('resume')).toHaveLength(1);
  });

  it('that there are not, and times that are none, are refused', async () => {
    await refused(dashboard, 'runTask', { params: { name: 'drop_tables' }, headers }, 'INVALID_REQUEST');
    await refused(dashboard, 'runTask', { params, body: { ttlMs: 0 }, headers }, 'INVALID_REQUEST');
    await databases.pool.query('DELETE FROM waybill.task');
    await refused(dashboard, 'runTask', { params, headers }, 'NOT_FOUND');
  });
});
