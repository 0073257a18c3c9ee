import { describe, expect, it, onTestFinished } from 'vitest';
import { startPostgresProxy } from '../support/proxy/postgresProxy.js';
import { seedEvents, testDatabases, testProxy } from '../support/outbox.js';
import { inject } from 'vitest';
import { call, here, refused, requestOf, testDashboard, readProblem } from './dashboards.js';
import { deliverAll } from './filled.js';

/** Nobody listens at port 1. */
const nobody = { databaseUrl: 'postgres://nobody@127.0.0.1:1/none', clickhouseUrl: 'http://127.0.0.1:1' };

describe('while ClickHouse is down', () => {
  it('everything that Postgres knows is shown, and the rest says why it is missing', async () => {
    const databases = await testDatabases();
    const [delivered = ''] = await seedEvents(databases, 4);
    await deliverAll(databases);
    const awaiting = await seedEvents(databases, 3);
    const dashboard = testDashboard({ given: { ...databases.given, clickhouseUrl: nobody.clickhouseUrl } });

    const overview = await call(dashboard, 'readOverview');
    expect(overview.records).toMatchObject({ awaiting: 3, deliveredLastDay: 4 });
    expect(overview.databases.clickhouse.reachable).toBe(false);
    expect(overview.troubles[0]).toMatchObject({
      code: 'CLICKHOUSE_UNREACHABLE',
      severity: 'fatal',
      link: '/doctor',
    });
    await call(dashboard, 'readSeries');
    expect((await call(dashboard, 'listBatches')).items).toHaveLength(1);

    const search = await call(dashboard, 'searchEvents');
    expect(search.items.map(({ eventId }) => eventId).sort()).toEqual([...awaiting].sort());
    expect(search).toMatchObject({
      complete: false,
      notices: [{ source: 'clickhouse', code: 'unavailable' }],
    });
    expect(search.notices[0]?.text).toContain('ECONNREFUSED');
    expect(await call(dashboard, 'readHistogram')).toMatchObject({ total: 3, complete: false });
    expect(await call(dashboard, 'readFacets')).toMatchObject({
      types: [{ value: 'seeded', events: 3 }],
      complete: false,
    });
    expect(await call(dashboard, 'readEvent', { params: { id: delivered } })).toMatchObject({
      event: { state: 'delivered' },
      rowsInClickHouse: null,
    });
    const { findings } = await call(dashboard, 'readDoctor');
    expect(findings.map(({ code }) => code)).toContain('CLICKHOUSE_UNREACHABLE');
    await refused(dashboard, 'exportEvents', { query: { format: 'csv' } }, 'CLICKHOUSE_UNAVAILABLE');
  });

  it('it is shown again as soon as ClickHouse is back', async () => {
    const proxy = await testProxy(inject('clickhouseUrl'));
    const databases = await testDatabases();
    await seedEvents(databases, 2);
    await deliverAll(databases);
    const dashboard = testDashboard({ given: { ...databases.given, clickhouseUrl: proxy.url } });
    await proxy.refuse();
    expect((await call(dashboard, 'searchEvents')).complete).toBe(false);
    await proxy.accept();
    expect(await call(dashboard, 'searchEvents')).toMatchObject({ complete: true, items: [{}, {}] });
  });
});

describe('while Postgres is down', () => {
  it('what ClickHouse holds is shown, and the rest says why it is missing', async () => {
    const databases = await testDatabases();
    const delivered = await seedEvents(databases, 4);
    await deliverAll(databases);
    const dashboard = testDashboard({ given: { ...databases.given, databaseUrl: nobody.databaseUrl } });

    const overview = await call(dashboard, 'readOverview');
    expect(overview).toMatchObject({ records: null, tasks: null, lastRuns: null });
    expect(overview.databases).toMatchObject({
      postgres: { reachable: false },
      clickhouse: { reachable: true },
    });
    expect(overview.troubles[0]).toMatchObject({ code: 'POSTGRES_UNREACHABLE', severity: 'fatal' });
    const search = await call(dashboard, 'searchEvents');
    expect(search.items.map(({ eventId }) => eventId).sort()).toEqual([...delivered].sort());
    expect(search).toMatchObject({ complete: false, notices: [{ source: 'outbox', code: 'unavailable' }] });
    const [id = ''] = delivered;
    expect(await call(dashboard, 'readEvent', { params: { id } })).toMatchObject({
      event: { state: 'delivered' },
      rowsInClickHouse: 1,
      inOutbox: null,
    });
    for (const name of [
      'listBatches',
      'listTasks',
      'listRuns',
      'listActions',
      'listQuarantine',
      'readSeries',
    ] as const)
      await refused(dashboard, name, {}, 'POSTGRES_UNAVAILABLE');
    const { findings } = await call(dashboard, 'readDoctor');
    expect(findings.map(({ code }) => code)).toContain('POSTGRES_UNREACHABLE');
  });

  it('an action is refused and nothing is left half done', async () => {
    const dashboard = testDashboard({ given: nobody });
    const params = { name: 'process_events' };
    const problem = await refused(dashboard, 'pauseTask', { params }, 'POSTGRES_UNAVAILABLE');
    expect(problem.detail).toContain('Nothing was changed');
  });

  it('a connection that breaks is replaced', async () => {
    const proxy = await startPostgresProxy(inject('postgresUrl'));
    onTestFinished(() => proxy.close());
    const databases = await testDatabases();
    const url = new URL(proxy.url);
    url.pathname = new URL(databases.databaseUrl).pathname;
    const dashboard = testDashboard({ given: { ...databases.given, databaseUrl: url.href } });
    await call(dashboard, 'listBatches');
    proxy.resetAll();
    await dashboard.fetch(requestOf('listBatches'), here); // may have been given the broken one
    await call(dashboard, 'listBatches');
  });
});

describe('while both are down', () => {
  it('every read answers with what it does not know', async () => {
    const dashboard = testDashboard({ given: nobody });
    const overview = await call(dashboard, 'readOverview');
    expect(overview.troubles.map(({ code }) => code)).toEqual([
      'POSTGRES_UNREACHABLE',
      'CLICKHOUSE_UNREACHABLE',
    ]);
    const search = await call(dashboard, 'searchEvents');
    expect(search.items).toEqual([]);
    expect(search.notices.map(({ source }) => source).sort()).toEqual(['clickhouse', 'outbox']);
    const id = '01890a5d-ac96-774b-bcce-b302099a8057';
    const { problem } = await readProblem(
      await dashboard.fetch(requestOf('readEvent', { params: { id } }), here),
    );
    expect(problem.status).toBe(503);
  });
});

describe('databases that are not migrated', () => {
  it('are told so', async () => {
    const databases = await testDatabases({ migrated: false });
    const dashboard = testDashboard(databases);
    const problem = await refused(dashboard, 'listBatches', {}, 'NOT_MIGRATED');
    expect(problem.advice).toContain('waybill migrate');
    const { notices } = await call(dashboard, 'searchEvents');
    expect(notices.map(({ code }) => code)).toEqual(['refused', 'refused']);
    expect((await call(dashboard, 'readOverview')).troubles[0]).toMatchObject({ code: 'NOT_MIGRATED' });
  });
});
