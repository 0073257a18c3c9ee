import { beforeEach, describe, expect, it } from 'vitest';
import { engineNames } from '../../src/config/settings.js';
import type { Dashboard } from '../../src/dashboard/createDashboard.js';
import { taskName } from '../../src/dashboard/schema/tasks.js';
import { cleanEventsOutbox } from '../../src/tasks/cleanEventsOutbox.js';
import type { TaskName } from '../../src/tasks/engine.js';
import { onlyRow } from '../../src/outbox/database.js';
import { call, here, requestOf, testDashboard } from './dashboards.js';
import { filledDatabases, type FilledDatabases } from './filled.js';

let databases: FilledDatabases;
let dashboard: Dashboard;

beforeEach(async () => {
  databases = await filledDatabases();
  dashboard = testDashboard(databases);
});

describe('the session', () => {
  it('tells who is signed in and what is shown', async () => {
    expect(await call(dashboard, 'readSession')).toMatchObject({
      user: { name: 'local', role: 'operator' },
      access: 'loopback',
      redacts: false,
      eventLog: { database: databases.clickhouseDatabase, table: 'event_log' },
      outbox: { schema: 'waybill' },
    });
  });
});

describe('the overview', () => {
  it('counts records where they are, and says what is wrong with a link to the cure', async () => {
    const overview = await call(dashboard, 'readOverview');
    expect(overview.records).toMatchObject({
      awaiting: 3,
      awaitingIsLowerBound: false,
      sending: 0,
      deliveredLastDay: 10,
      quarantined: 2,
    });
    expect(overview.records?.oldestUndeliveredAt).not.toBeNull();
    expect(overview.databases).toEqual({
      postgres: { reachable: true, error: null },
      clickhouse: { reachable: true, error: null },
    });
    expect(overview.tasks?.map(({ name }) => name)).toEqual(['process_events', 'clean_events_outbox']);
    expect(overview.lastRuns).toHaveLength(1);
    expect(overview.troubles).toContainEqual({
      code: 'EVENTS_QUARANTINED',
      severity: 'warning',
      text: '2 events are quarantined: ClickHouse refused the data.',
      link: '/quarantine',
    });
  });

  it('names a paused task, and does not take it for one without a worker', async () => {
    await databases.pool.query(
      `UPDATE waybill.task SET paused_at = now() - interval '1 hour', paused_by = 'ann', next_due_at = now() - interval '1 hour'
       WHERE name = 'process_events'`,
    );
    const { troubles } = await call(dashboard, 'readOverview');
    expect(troubles.map(({ code }) => code)).toContain('TASK_PAUSED');
    expect(troubles.map(({ code }) => code)).not.toContain('TASK_OVERDUE');
  });

  it('draws what was captured and delivered, as many events as there were', async () => {
    const { buckets, bucketMs, from, to } = await call(dashboard, 'readSeries');
    expect(Date.parse(to) - Date.parse(from)).toBe(3_600_000);
    expect(buckets.length).toBeLessThanOrEqual(300);
    expect(
      buckets.every(
        ({ at }, index) => Date.parse(at) === Date.parse(buckets[0]?.at ?? '') + index * bucketMs,
      ),
    ).toBe(true);
    const sum = (name: 'captured' | 'delivered'): number =>
      buckets.reduce((total, bucket) => total + bucket[name], 0);
    expect(sum('delivered')).toBe(10);
    expect(sum('captured')).toBeCloseTo(15, 6);
    const delivered = buckets.filter((bucket) => bucket.delivered > 0);
    expect(
      delivered.every(({ delayMedianMs, delayMaxMs }) => Number(delayMedianMs) <= Number(delayMaxMs)),
    ).toBe(true);
    expect(delivered.length).toBeGreaterThan(0);
  });
});

describe('batches', () => {
  it('are listed, and each is shown with its attempts, its parent and its children', async () => {
    const { items, nextCursor } = await call(dashboard, 'listBatches');
    expect(nextCursor).toBeNull();
    expect(new Set(items.map(({ status }) => status))).toEqual(
      new Set(['REPLACED', 'DELIVERED', 'QUARANTINED']),
    );
    const root = items.find(({ parentId }) => parentId === null);
    const whole = await call(dashboard, 'readBatch', { params: { id: root?.id ?? '' } });
    expect(whole.batch).toMatchObject({ status: 'REPLACED', eventCount: 12 });
    expect(whole.outcomes).toEqual({ rejected: 1 });
    expect(whole.attempts[0]?.errorText).toContain('no_bad');
    expect(whole.children.length).toBeGreaterThan(1);
    expect(whole.canRetry).toBe(false);
    const child = await call(dashboard, 'readBatch', { params: { id: whole.children[0]?.id ?? '' } });
    expect(child.parent?.id).toBe(root?.id);
  });

  it.each([
    ['DELIVERED', ['DELIVERED']],
    ['QUARANTINED', ['QUARANTINED']],
    ['REPLACED', ['REPLACED']],
  ] as const)('are chosen by status %s', async (status, found) => {
    const { items } = await call(dashboard, 'listBatches', { query: { status: [status] } });
    expect([...new Set(items.map((batch) => batch.status))]).toEqual(found);
  });

  it('are chosen by the time of sealing, by whether they failed, and by the code of the error', async () => {
    const count = async (query: Record<string, string>): Promise<number> =>
      (await call(dashboard, 'listBatches', { query })).items.length;
    const all = await count({});
    expect(await count({ from: '2020-01-01T00:00:00Z' })).toBe(all);
    expect(await count({ to: '2020-01-01T00:00:00Z' })).toBe(0);
    expect(await count({ from: new Date(Date.now() + 1_000).toISOString() })).toBe(0);
    expect((await count({ failed: 'true' })) + (await count({ failed: 'false' }))).toBe(all);
    expect(await count({ errorCode: 'VIOLATED_CONSTRAINT' })).toBe(await count({ failed: 'true' }));
    expect(await count({ errorCode: '469' })).toBeGreaterThan(0);
    expect(await count({ errorCode: '470' })).toBe(0);
  });

  it('show their events, from the outbox and, once that is cleaned, from ClickHouse', async () => {
    const { items } = await call(dashboard, 'listBatches', {
      query: { status: ['DELIVERED'], sort: 'events' },
    });
    const id = items[0]?.id ?? '';
    const before = await call(dashboard, 'listBatchEvents', { params: { id } });
    expect(before).toMatchObject({ source: 'outbox', notices: [] });
    expect(before.items.every(({ state, batchId }) => state === 'delivered' && batchId === id)).toBe(true);
    await cleanEventsOutbox({
      outbox: databases.outbox,
      eventPartitionSize: 1_000_000,
      historyRetentionDays: 30,
      fillHorizonMs: 0,
    });
    const after = await call(dashboard, 'listBatchEvents', { params: { id } });
    expect(after).toMatchObject({ source: 'clickhouse', notices: [] });
    const ids = (page: typeof before): string[] => page.items.map(({ eventId }) => eventId).sort();
    expect(ids(after)).toEqual(ids(before));
    expect(ids(after).length).toBeGreaterThan(0);
  });

  it('say of the events of a replaced one who owns them now', async () => {
    const { items } = await call(dashboard, 'listBatches', {
      query: { status: ['REPLACED'], sort: 'oldest' },
    });
    const id = items[0]?.id ?? '';
    const { items: events } = await call(dashboard, 'listBatchEvents', { params: { id } });
    expect(events).toHaveLength(12);
    expect(
      events
        .filter(({ state }) => state === 'quarantined')
        .map(({ eventId }) => eventId)
        .sort(),
    ).toEqual([...databases.quarantinedIds].sort());
    expect(events.filter(({ state }) => state === 'delivered')).toHaveLength(10);
    expect(events.every(({ batchId }) => batchId !== id)).toBe(true);
  });
});

describe('events', () => {
  it('are found wherever they are, in one list, newest first', async () => {
    const { items, complete, notices } = await call(dashboard, 'searchEvents');
    expect({ complete, notices }).toEqual({ complete: true, notices: [] });
    const inState = (state: string): string[] =>
      items.filter((item) => item.state === state).map(({ eventId }) => eventId);
    expect(inState('delivered').sort()).toEqual([...databases.deliveredIds].sort());
    expect(inState('quarantined').sort()).toEqual([...databases.quarantinedIds].sort());
    expect(inState('awaiting').sort()).toEqual([...databases.awaitingIds].sort());
    const times = items.map(({ eventDateTime }) => eventDateTime);
    expect(times).toEqual([...times].sort().reverse());
  });

  it('are counted over time, and by type and environment', async () => {
    const histogram = await call(dashboard, 'readHistogram', { query: { buckets: 24 } });
    expect(histogram.total).toBe(15);
    expect(histogram.buckets.length).toBeLessThanOrEqual(26);
    expect(histogram.buckets.reduce((sum, bucket) => sum + bucket.quarantined, 0)).toBe(2);
    expect(await call(dashboard, 'readFacets')).toEqual({
      types: [
        { value: 'seeded', events: 13 },
        { value: 'bad_order', events: 2 },
      ],
      environments: [{ value: 'test', events: 15 }],
      complete: true,
      notices: [],
    });
  });

  it('are shown one by one, with the batch', async () => {
    const [delivered = ''] = databases.deliveredIds;
    expect(await call(dashboard, 'readEvent', { params: { id: delivered } })).toMatchObject({
      event: { eventId: delivered, state: 'delivered', context: '{"number" : 0, "text" : ""}' },
      batch: { status: 'DELIVERED' },
      rowsInClickHouse: 1,
      inOutbox: true,
      notices: [],
    });
    const [quarantined = ''] = databases.quarantinedIds;
    expect(await call(dashboard, 'readEvent', { params: { id: quarantined } })).toMatchObject({
      event: { state: 'quarantined' },
      batch: { status: 'QUARANTINED' },
      rowsInClickHouse: 0,
    });
    const [awaiting = ''] = databases.awaitingIds;
    expect(await call(dashboard, 'readEvent', { params: { id: awaiting } })).toMatchObject({
      event: { state: 'awaiting', batchId: null },
      batch: null,
      rowsInClickHouse: 0,
    });
  });

  it('are found by what a list says of them, whatever their id', async () => {
    const { rows } = await databases.pool.query<{ id: string; event_id: string }>(
      `UPDATE waybill.event SET event_id = '00000000-0000-4000-8000-000000000001' WHERE event_id = $1 RETURNING id, event_id`,
      [databases.awaitingIds[0]],
    );
    const { id: outboxId, event_id: id } = onlyRow({ rows });
    const { event } = await call(dashboard, 'readEvent', { params: { id }, query: { outboxId } });
    expect(event).toMatchObject({ eventId: id, capturedAt: null });
  });
});

describe('quarantine', () => {
  it('is listed with the reasons, counted by group, and shown whole', async () => {
    const { items } = await call(dashboard, 'listQuarantine');
    expect(items.map(({ eventId }) => eventId)).toEqual(databases.quarantinedIds);
    expect(items[0]).toMatchObject({
      errorCode: '469 VIOLATED_CONSTRAINT',
      eventType: 'bad_order',
      subject: 'order:1',
    });
    expect(await call(dashboard, 'readQuarantineGroups')).toMatchObject({
      groups: [{ eventType: 'bad_order', errorCode: '469 VIOLATED_CONSTRAINT', events: 2 }],
      total: 2,
    });
    expect(await call(dashboard, 'readQuarantineGroups', { query: { eventType: 'other' } })).toEqual({
      groups: [],
      total: 0,
    });
    const [eventId = ''] = databases.quarantinedIds;
    const { event } = await call(dashboard, 'readQuarantined', { params: { eventId } });
    expect(event).toMatchObject({ context: '{"number" : 2, "text" : ""}', refusedColumn: 'event_type' });
    expect(event.errorText).toContain('no_bad');
  });

  it('shows an event whose row was deleted by hand', async () => {
    await databases.pool.query('DELETE FROM waybill.event WHERE event_id = $1', [
      databases.quarantinedIds[0],
    ]);
    const { items } = await call(dashboard, 'listQuarantine');
    expect(items[0]).toMatchObject({
      eventId: null,
      contextPreview: null,
      errorCode: '469 VIOLATED_CONSTRAINT',
    });
  });
});

describe('tasks, runs, actions and the doctor', () => {
  it('shows the tasks and what was asked of them', async () => {
    const { tasks } = await call(dashboard, 'listTasks');
    expect(tasks).toMatchObject([
      { name: 'process_events', intervalMs: 600_000 },
      { name: 'clean_events_outbox', state: 'requested', runRequestedBy: 'ann' },
    ]);
  });

  it('knows the tasks and the engines that there are', () => {
    const names: Record<TaskName, true> = { process_events: true, clean_events_outbox: true };
    expect(Object.keys(names).sort()).toEqual([...taskName.options].sort());
    expect(engineNames.length).toBeGreaterThan(0);
  });

  it('tells a task whose worker has died from one that runs', async () => {
    const claim = (expires: string): Promise<unknown> =>
      databases.pool.query(
        `UPDATE waybill.task SET claimed_by = 'w', claim_expires_at = now() + $1::interval, next_due_at = now() - interval '5 min'
         WHERE name = 'process_events'`,
        [expires],
      );
    await claim('1 minute');
    expect((await call(dashboard, 'listTasks')).tasks[0]?.state).toBe('running');
    await claim('-1 minute');
    expect((await call(dashboard, 'listTasks')).tasks[0]?.state).toBe('overdue');
  });

  it('shows each run with what it sent', async () => {
    const { items } = await call(dashboard, 'listRuns');
    expect(items).toHaveLength(1);
    const { run, attempts, attemptsAreAll } = await call(dashboard, 'readRun', {
      params: { id: items[0]?.id ?? '' },
    });
    expect(run).toMatchObject({ endedBecause: 'drained', eventsDelivered: 10, eventsQuarantined: 2 });
    expect(attempts).toHaveLength(run.attemptsSucceeded + run.attemptsFailed);
    expect(attemptsAreAll).toBe(true);
    expect((await call(dashboard, 'listRuns', { query: { busy: 'false' } })).items).toEqual([]);
    expect((await call(dashboard, 'listRuns', { query: { endedBecause: ['failed'] } })).items).toEqual([]);
  });

  it('shows who did what', async () => {
    expect(await call(dashboard, 'listActions')).toMatchObject({
      items: [
        { performedBy: 'ann', action: 'run', reason: 'to see', details: { task: 'clean_events_outbox' } },
      ],
      nextCursor: null,
    });
    expect((await call(dashboard, 'listActions', { query: { performedBy: 'bob' } })).items).toEqual([]);
    expect((await call(dashboard, 'listActions', { query: { action: ['run'] } })).items).toHaveLength(1);
  });

  it('says what the doctor says', async () => {
    const { findings } = await call(dashboard, 'readDoctor');
    expect(findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['POSTGRES_ANSWERS', 'CLICKHOUSE_ANSWERS', 'EVENTS_QUARANTINED']),
    );
  });
});

describe('the OpenAPI document', () => {
  it('describes every route, its parameters and its problems', async () => {
    const document = await call(dashboard, 'readOpenApi');
    const paths = document['paths'] as Record<
      string,
      Record<string, { parameters: { name: string }[]; responses: object }>
    >;
    expect(Object.keys(paths)).toContain('/batches/{id}/retry');
    const search = paths['/events']?.['get'];
    expect(search?.parameters.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['from', 'to', 'type', 'key', 'text', 'cursor', 'limit']),
    );
    expect(Object.keys(search?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '400', '401', '422']),
    );
    expect(JSON.stringify(document)).not.toContain('"$ref":"#/$defs');
  });
});

describe('every answer', () => {
  it('forbids what a page does not need, and is kept by nobody', async () => {
    const response = await dashboard.fetch(requestOf('readSession'), here);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });
});
