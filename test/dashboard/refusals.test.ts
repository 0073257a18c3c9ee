import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { createDashboard, type Dashboard } from '../../src/dashboard/createDashboard.js';
import { bodyBytesMax } from '../../src/dashboard/parseRequest.js';
import { routes, type RouteName } from '../../src/dashboard/schema/routes.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { call, here, host, refusal, refused, requestOf, testDashboard } from './dashboards.js';

const operator = { name: 'ann', role: 'operator', password: 'correct horse battery' } as const;
const viewer = { name: 'bob', role: 'viewer', password: 'another good one' } as const;
const program = { name: 'ci', role: 'viewer', token: 'a-token-of-24-characters' } as const;

function basic(name: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` };
}
const asAnn = basic(operator.name, operator.password);
const asBob = basic(viewer.name, viewer.password);

let databases: TestDatabases;
let open: Dashboard;

beforeAll(async () => {
  databases = await createDatabases();
  open = createDashboard(databases.given);
});
afterAll(async () => {
  await open.close();
  await databases.drop();
});

const withUsers = (): Dashboard => testDashboard(databases, { users: [operator, viewer, program] });
const names = Object.keys(routes) as RouteName[];
const posts = names.filter((name) => routes[name].method === 'POST');

describe('without credentials', () => {
  it.each(names)('%s is refused, and says how to sign in', async (name) => {
    const { problem, headers } = await refusal(withUsers(), requestOf(name));
    expect(problem.code).toBe('UNAUTHENTICATED');
    expect(headers.get('www-authenticate')).toBe('Basic realm="Waybill", charset="UTF-8"');
  });

  it('the pages are refused too', async () => {
    const request = new Request(`http://${host}/batches`, { headers: { host } });
    expect((await refusal(withUsers(), request)).problem.code).toBe('UNAUTHENTICATED');
  });

  it.each([
    ['another machine', { remoteAddress: '192.0.2.7' }, {}],
    ['an unknown address', {}, {}],
    ['a proxy on this machine', here, { 'x-forwarded-for': '192.0.2.7' }],
    ['a proxy that says so otherwise', here, { forwarded: 'for=192.0.2.7' }],
  ])('a dashboard without users is not there for %s', async (_, info, headers) => {
    const { problem } = await refusal(open, requestOf('readSession', { headers }), info);
    expect(problem.code).toBe('UNAUTHENTICATED');
  });

  it.each(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'])(
    'a dashboard without users is there for %s',
    async (remoteAddress) => {
      const response = await open.fetch(requestOf('readSession'), { remoteAddress });
      expect(response.status).toBe(200);
    },
  );
});

describe('credentials', () => {
  it.each([
    ['a wrong password', basic('ann', 'correct horse batterx')],
    ['the password of somebody else', basic('ann', viewer.password)],
    ['a token as password', basic('ci', program.token)],
    ['an unknown name', basic('eve', operator.password)],
    ['an empty name', basic('', operator.password)],
    ['a password as token', { authorization: `Bearer ${viewer.password.replaceAll(' ', '')}` }],
    ['a wrong token', { authorization: 'Bearer a-token-of-24-characterz' }],
    ['another scheme', { authorization: 'Digest username="ann"' }],
    ['a header too long', { authorization: `Basic ${'A'.repeat(5_000)}` }],
  ])('%s lets nobody in', async (_, headers) => {
    const { problem } = await refusal(withUsers(), requestOf('readSession', { headers }));
    expect(problem.code).toBe('UNAUTHENTICATED');
  });

  it.each([
    ['ann', asAnn, 'operator'],
    ['bob', asBob, 'viewer'],
    ['ci', { authorization: `Bearer ${program.token}` }, 'viewer'],
  ])('that are right let %s in', async (name, headers, role) => {
    const { user, access } = await call(withUsers(), 'readSession', { headers });
    expect({ user, access }).toEqual({ user: { name, role }, access: 'credentials' });
  });

  it.each([
    ['too short a password', [{ name: 'ann', role: 'operator', password: 'short' }]],
    ['a name twice', [operator, { ...viewer, name: 'ann' }]],
    ['a colon in a name', [{ ...operator, name: 'a:b' }]],
  ] as const)('with %s are refused at the start', (_, users) => {
    expect(() => createDashboard({ ...databases.given, users })).toThrow('Nothing was started');
  });

  it('come from the environment as well, where none are given in code', async () => {
    const dashboard = testDashboard(databases, { dashboardUsers: [operator] });
    expect((await refused(dashboard, 'readSession', {}, 'UNAUTHENTICATED')).status).toBe(401);
    expect((await call(dashboard, 'readSession', { headers: asAnn })).user.name).toBe('ann');
  });

  it('that are wrong too often are not looked at any more, not even the right ones', async () => {
    const dashboard = withUsers();
    for (let tries = 0; tries < 20; tries += 1)
      await refused(
        dashboard,
        'readSession',
        { headers: basic('eve', `guess number ${String(tries)}`) },
        'UNAUTHENTICATED',
      );
    const { problem, headers } = await refusal(dashboard, requestOf('readSession', { headers: asAnn }));
    expect(problem.code).toBe('RATE_LIMITED');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    const elsewhere = await dashboard.fetch(requestOf('readSession', { headers: asAnn }), {
      remoteAddress: '192.0.2.9',
    });
    expect(elsewhere.status).toBe(200);
  });

  it('are limited by name too, wherever they come from', async () => {
    const dashboard = withUsers();
    for (let tries = 0; tries < 100; tries += 1) {
      await dashboard.fetch(
        requestOf('readSession', { headers: basic('ann', `guess number ${String(tries)}`) }),
        {
          remoteAddress: `198.51.100.${String(tries)}`,
        },
      );
    }
    const { problem } = await refusal(dashboard, requestOf('readSession', { headers: asAnn }), {
      remoteAddress: '192.0.2.1',
    });
    expect(problem.code).toBe('RATE_LIMITED');
    expect((await call(dashboard, 'readSession', { headers: asBob })).user.name).toBe('bob');
  });
});

describe('the application that decides', () => {
  it('lets in whom it names, and nobody else', async () => {
    const dashboard = testDashboard(databases, {
      authorize: (request) =>
        request.headers.get('cookie') === 'session=1' ? { name: 'Ann', role: 'viewer' } : undefined,
    });
    expect(await call(dashboard, 'readSession', { headers: { cookie: 'session=1' } })).toMatchObject({
      user: { name: 'Ann', role: 'viewer' },
      access: 'authorize',
    });
    const { headers } = await refusal(dashboard, requestOf('readSession'));
    expect(headers.get('www-authenticate')).toBeNull();
  });

  it('lets nobody in when it fails, or names a role that there is not', async () => {
    const failing = testDashboard(databases, {
      authorize: () => Promise.reject(new Error('no session store')),
    });
    expect(JSON.stringify(await refused(failing, 'readSession', {}, 'INTERNAL'))).not.toContain(
      'session store',
    );
    const wrong = testDashboard(databases, {
      authorize: () => ({ name: 'Ann', role: 'admin' as 'operator' }),
    });
    await refused(wrong, 'readSession', {}, 'INTERNAL');
  });

  it('is not combined with users of its own', () => {
    expect(() =>
      createDashboard({ ...databases.given, users: [operator], authorize: () => undefined }),
    ).toThrow('not both');
  });
});

describe('a viewer', () => {
  it.each(posts)('may not call %s', async (name) => {
    await refused(withUsers(), name, { params: { id: 'x', name: 'x' }, headers: asBob }, 'ROLE_TOO_LOW');
  });

  it('may look', async () => {
    await call(withUsers(), 'listBatches', { headers: asBob });
  });
});

describe('a page of another site', () => {
  it.each([
    ['cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['same-site', { 'sec-fetch-site': 'same-site' }],
    ['no page', { 'sec-fetch-site': 'none' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['another port', { origin: 'http://localhost:1' }],
    ['an opaque origin', { origin: 'null' }],
  ])('cannot act: %s', async (_, headers) => {
    await refused(open, 'pauseTask', { params: { name: 'process_events' }, headers }, 'CROSS_SITE');
  });

  it('cannot read either, but may link here', async () => {
    await refused(
      open,
      'searchEvents',
      { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' } },
      'CROSS_SITE',
    );
    await call(open, 'listBatches', {
      headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
    });
  });

  it('is told from a program, which says nothing of the kind', async () => {
    const request = new Request(`http://${host}/api/tasks/process_events/pause`, {
      method: 'POST',
      headers: { host, 'content-type': 'application/json' },
      body: '{}',
    });
    expect((await refusal(open, request)).problem.code).toBe('NOT_FOUND'); // of the task: no worker has entered it
  });

  it('is told from the dashboard behind TLS, whose port goes without saying', async () => {
    const dashboard = testDashboard(databases, { hosts: ['ops.example.com'] });
    const headers = { host: 'ops.example.com:443', origin: 'https://ops.example.com' };
    const { problem } = await refusal(
      dashboard,
      requestOf('pauseTask', { params: { name: 'process_events' }, headers }),
    );
    expect(problem.code).toBe('NOT_FOUND');
  });
});

describe('the host', () => {
  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example:4680',
    'localhost@evil.example',
    '',
  ])('%j is refused, whoever asks', async (name) => {
    const { problem } = await refusal(open, requestOf('readSession', { headers: { host: name } }));
    expect(problem.code).toBe('HOST_UNKNOWN');
  });

  it.each(['localhost', 'localhost:9', '127.0.0.1:4680', '[::1]:4680', 'LOCALHOST'])(
    '%j is let in',
    async (name) => {
      await call(open, 'readSession', { headers: { host: name } });
    },
  );

  it('that is named in the options is let in, and no other one that ends so', async () => {
    const dashboard = testDashboard(databases, { hosts: ['Ops.example.com'] });
    await call(dashboard, 'readSession', { headers: { host: 'ops.example.com:8443' } });
    await refused(dashboard, 'readSession', { headers: { host: 'x.ops.example.com' } }, 'HOST_UNKNOWN');
  });

  it('of a proxy is believed only where that is said', async () => {
    const headers = { host: 'localhost', 'x-forwarded-host': 'evil.example' };
    const trusting = testDashboard(databases, { trustProxy: true, users: [operator] });
    await refused(trusting, 'readSession', { headers: { ...headers, ...asAnn } }, 'HOST_UNKNOWN');
    const plain = testDashboard(databases, { users: [operator] });
    await call(plain, 'readSession', { headers: { ...headers, ...asAnn } });
  });
});

describe('a request that is not as it should be', () => {
  const post = (body: string, headers: Record<string, string> = {}): Request =>
    new Request(`http://${host}/api/quarantine/release`, {
      method: 'POST',
      headers: { host, 'content-type': 'application/json', ...headers },
      body,
    });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
  ])('of type %s is refused', async (type) => {
    expect((await refusal(open, post('{}', { 'content-type': type }))).problem.code).toBe(
      'UNSUPPORTED_MEDIA_TYPE',
    );
  });

  it('whose body is too large is refused, whatever its length is said to be', async () => {
    const { problem } = await refusal(open, post(`"${'x'.repeat(bodyBytesMax)}"`));
    expect(problem.code).toBe('BODY_TOO_LARGE');
  });

  it('whose body never ends is refused once it is too large', async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(16_384).fill(32));
      },
    });
    const request = new Request(`http://${host}/api/quarantine/release`, {
      method: 'POST',
      headers: { host, 'content-type': 'application/json' },
      body,
      duplex: 'half',
    });
    expect((await refusal(open, request)).problem.code).toBe('BODY_TOO_LARGE');
    expect(pulled).toBeLessThan(20);
  });

  it.each(['', '{', '{"a":}', 'undefined'])('whose body is %j is refused', async (body) => {
    expect((await refusal(open, post(body))).problem.code).toBe('MALFORMED_JSON');
  });

  it.each([
    ['no object', '[]', ''],
    ['a missing part', '{}', 'events'],
    [
      'an unknown part',
      '{"events":{"of":"events","eventIds":["01890a5d-ac96-774b-bcce-b302099a8057"]},"extra":1}',
      '',
    ],
    ['no id', '{"events":{"of":"events","eventIds":["x"]}}', 'events.eventIds.0'],
    ['a count that is none', '{"events":{"of":"matching","expected":0}}', 'events.expected'],
  ])('whose body has %s is refused, and told where', async (_, body, path) => {
    const { problem } = await refusal(open, post(body));
    expect(problem.code).toBe('INVALID_REQUEST');
    expect(problem.errors?.[0]).toMatchObject({ in: 'body', path });
  });

  it.each([
    ['listBatches', { status: 'LOST' }],
    ['listBatches', { limit: 201 }],
    ['listBatches', { limit: 0 }],
    ['listBatches', { sort: 'id; DROP TABLE batch' }],
    ['listBatches', { unknown: 1 }],
    ['listBatches', { sort: ['newest', 'oldest'] }],
    ['listBatches', { from: 'yesterday' }],
    ['listBatches', { cursor: 'bm90LWEtY3Vyc29y' }],
    ['listBatches', { cursor: '../..' }],
    ['searchEvents', { key: ['no-colon'] }],
    ['searchEvents', { trace: 'xyz' }],
    ['searchEvents', { batchId: "'; DROP TABLE batch" }],
    ['searchEvents', { from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z' }],
    ['exportEvents', { format: 'xlsx' }],
    ['exportEvents', {}],
    ['readSeries', { from: '2020-01-01T00:00:00Z' }],
    ['readSession', { anything: 'x' }],
  ] as const)('%s of %o is refused, and told where', async (name, query) => {
    const problem = await refused(open, name, { query }, 'INVALID_REQUEST');
    expect(problem.errors?.[0]?.in).toBe('query');
  });

  it('with a cursor of another order is refused', async () => {
    const cursor = Buffer.from(JSON.stringify({ sort: 'newest', seq: '1' })).toString('base64url');
    await call(open, 'listBatches', { query: { cursor } });
    await refused(open, 'listBatches', { query: { cursor, sort: 'oldest' } }, 'INVALID_REQUEST');
  });

  it.each(['readBatch', 'readEvent', 'readRun', 'listBatchEvents', 'retryBatch'] as const)(
    '%s of what is no id is refused',
    async (name) => {
      const problem = await refused(open, name, { params: { id: "' OR 1=1 --" } }, 'INVALID_REQUEST');
      expect(problem.errors?.[0]).toMatchObject({ in: 'path', path: 'id' });
    },
  );

  it.each(['readBatch', 'readEvent', 'readRun', 'listBatchEvents', 'retryBatch'] as const)(
    '%s of what is not there says so',
    async (name) => {
      await refused(open, name, { params: { id: '01890a5d-ac96-774b-bcce-b302099a8057' } }, 'NOT_FOUND');
    },
  );

  it('for a route that there is not is told so, and for another method which there are', async () => {
    const send = (path: string, method: string) =>
      refusal(open, new Request(`http://${host}${path}`, { method, headers: { host } }));
    expect((await send('/api/nothing', 'GET')).problem.code).toBe('NOT_FOUND');
    expect((await send('/api', 'GET')).problem.code).toBe('NOT_FOUND');
    const wrongMethod = await send('/api/batches', 'DELETE');
    expect(wrongMethod.problem.code).toBe('METHOD_NOT_ALLOWED');
    expect(wrongMethod.headers.get('allow')).toBe('GET');
    expect((await send('/batches', 'POST')).problem.code).toBe('METHOD_NOT_ALLOWED');
    expect((await send('/api/tasks/process_events/run', 'GET')).headers.get('allow')).toBe('POST');
  });
});
