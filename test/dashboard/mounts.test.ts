import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { mount } from 'hono/mount';
import { getRequestListener } from '@hono/node-server';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createDashboard, type Dashboard } from '../../src/dashboard/createDashboard.js';
import type { DashboardOptions } from '../../src/dashboard/dashboardOptions.js';
import type { Authorize } from '../../src/dashboard/security/authenticate.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { documentedCode, runDocumentedCode } from '../support/documentedCode.js';

let databases: TestDatabases;
let directory: string;
let pagesDirectory: string;

beforeAll(async () => {
  databases = await createDatabases();
  directory = await mkdtemp(join(tmpdir(), 'waybill-pages-'));
  await writeFile(join(directory, 'outside.json'), '{}');
  pagesDirectory = join(directory, 'pages');
  await mkdir(join(pagesDirectory, 'assets'), { recursive: true });
  await writeFile(
    join(pagesDirectory, 'index.html'),
    '<!doctype html><base href="/" /><title>Waybill</title>',
  );
  await writeFile(join(pagesDirectory, 'assets', 'main-a1b2.js'), 'export {};');
  await writeFile(join(pagesDirectory, 'assets', 'main-a1b2.js.gz'), 'compressed');
});
afterAll(async () => {
  await databases.drop();
  await rm(directory, { recursive: true });
});

function mounted(options: DashboardOptions = {}): Dashboard {
  const dashboard = createDashboard({ ...databases.given, pagesDirectory, ...options });
  onTestFinished(() => dashboard.close());
  return dashboard;
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  );
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** Serves what takes web-standard requests. */
async function serving(fetch: (request: Request) => Response | Promise<Response>): Promise<string> {
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false });
  return listening(createServer((incoming, outgoing) => void listener(incoming, outgoing)));
}

/** The page, a file of it, the API and an action, as a browser asks for them below `base`. */
async function expectDashboardAt(
  base: string,
  headers: Record<string, string> = {},
  path = new URL(base).pathname,
): Promise<void> {
  const at = path.replace(/\/+$/, '');
  for (const page of ['/', '/batches', '/events/01890a5d-ac96-774b-bcce-b302099a8057']) {
    const response = await fetch(base + page, { headers });
    expect(response.status, page).toBe(200);
    expect(await response.text()).toContain(`<base href="${at}/" />`);
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self'; style-src 'self';");
  }
  const file = await fetch(`${base}/assets/main-a1b2.js`, {
    headers: { ...headers, 'accept-encoding': 'identity' },
  });
  expect(file.headers.get('content-type')).toContain('text/javascript');
  expect(file.headers.get('cache-control')).toContain('immutable');
  expect((await fetch(`${base}/assets/other.js`, { headers })).status).toBe(404);
  const tasks = await fetch(`${base}/api/tasks?`, { headers });
  expect(await tasks.json()).toMatchObject({ tasks: [] });
  const acted = await fetch(`${base}/api/tasks/process_events/run`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ ttlMs: 30_000 }),
  });
  expect(await acted.json()).toMatchObject({
    code: 'NOT_FOUND',
    detail: expect.stringContaining('no worker') as string,
  });
}

describe('the dashboard, mounted', () => {
  it('into Express, under any path, before or after a body parser', async () => {
    const app = express();
    app.use('/before', mounted().node);
    app.use(express.json());
    app.use('/deep/er', express.Router().use('/waybill', mounted().node));
    app.get('/other', (_, response) => void response.send('of the application'));
    const url = await listening(createServer(app));
    await expectDashboardAt(`${url}/before`);
    await expectDashboardAt(`${url}/deep/er/waybill`);
    expect(await (await fetch(`${url}/other`)).text()).toBe('of the application');
  });

  it('into Express, whose session says who it is', async () => {
    const app = express();
    app.use((request, _, next) => {
      Object.assign(request, { user: request.headers.cookie === 'session=1' ? { name: 'Ann' } : undefined });
      next();
    });
    const dashboard = mounted({
      authorize: (_, { incoming }) => {
        const { user } = incoming as { user?: { name: string } };
        return user === undefined ? undefined : { name: user.name, role: 'viewer' };
      },
    });
    app.use('/waybill', dashboard.node);
    const url = await listening(createServer(app));
    expect((await fetch(`${url}/waybill/api/session`)).status).toBe(401);
    const signedIn = await fetch(`${url}/waybill/api/session`, { headers: { cookie: 'session=1' } });
    expect(await signedIn.json()).toMatchObject({ user: { name: 'Ann', role: 'viewer' } });
  });

  it('into Hono, which takes its path off, and into what passes web-standard requests on whole, as Next does', async () => {
    const app = new Hono();
    const info = { remoteAddress: '127.0.0.1' };
    const stripped = mounted({ basePath: '/stripped' });
    app.all(
      '/stripped/*',
      mount((request) => stripped.fetch(request, info)),
    );
    const whole = mounted({ basePath: '/whole' });
    app.all('/whole/*', (c) => whole.fetch(c.req.raw, info));
    app.all('/whole', (c) => whole.fetch(c.req.raw, info));
    const url = await serving((request) => app.fetch(request));
    await expectDashboardAt(`${url}/stripped`);
    await expectDashboardAt(`${url}/whole`);
  });

  it('into node:http, at the root', async () => {
    const dashboard = mounted();
    const url = await listening(
      createServer((incoming, outgoing) => void dashboard.node(incoming, outgoing)),
    );
    await expectDashboardAt(url);
  });

  it('behind a proxy that takes a prefix off and says so, or does not', async () => {
    const users = [{ name: 'ann', role: 'operator', token: 'a-token-of-24-characters' } as const];
    const headers = { authorization: 'Bearer a-token-of-24-characters' };
    const told = mounted({ users, trustProxy: true, hosts: ['ops.example.com'] });
    const toldUrl = await listening(createServer((incoming, outgoing) => void told.node(incoming, outgoing)));
    const knows = mounted({ users, basePath: '/tools/waybill' });
    const knowsUrl = await listening(
      createServer((incoming, outgoing) => void knows.node(incoming, outgoing)),
    );
    const proxy = await listening(
      createServer((incoming, outgoing) => {
        const target = incoming.url?.startsWith('/tools/told') === true ? toldUrl : knowsUrl;
        const path = (incoming.url ?? '').replace(/^\/tools\/(told|waybill)/, '') || '/';
        const passed = httpRequest(target + path, {
          method: incoming.method,
          headers: {
            ...incoming.headers,
            ...(target === toldUrl
              ? {
                  host: 'internal',
                  'x-forwarded-host': 'ops.example.com',
                  'x-forwarded-prefix': '/tools/told',
                }
              : {}),
          },
        });
        passed.on('response', (answer) => {
          outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(outgoing);
        });
        incoming.pipe(passed);
      }),
    );
    await expectDashboardAt(`${proxy}/tools/told`, headers);
    await expectDashboardAt(`${proxy}/tools/waybill`, headers);
  });

  it('does not believe a prefix that anybody may have sent', async () => {
    const users = [{ name: 'ann', role: 'operator', token: 'a-token-of-24-characters' } as const];
    const headers = { authorization: 'Bearer a-token-of-24-characters', 'x-forwarded-prefix': '/evil' };
    const page = await mounted({ users }).fetch(new Request('http://localhost/', { headers }));
    expect(await page.text()).toContain('<base href="/" />');
    const hostile = { ...headers, 'x-forwarded-prefix': '/"><script>alert(1)</script>' };
    const trusting = await mounted({ users, trustProxy: true }).fetch(
      new Request('http://localhost/', { headers: hostile }),
    );
    expect(await trusting.text()).toContain('<base href="/" />');
  });
});

describe('the dashboard, mounted as docs/dashboard.md says', () => {
  const signedIn = { cookie: 'session=1' };
  const authorize: Authorize = (request) =>
    request.headers.get('cookie') === 'session=1' ? { name: 'Ann', role: 'operator' } : undefined;
  const userOfSession = (cookie: string | null): Promise<{ name: string; isAdmin: boolean } | undefined> =>
    Promise.resolve(cookie === null ? undefined : { name: 'Ann', isAdmin: cookie === 'session=1' });
  const createDashboard = mounted;
  const modules = { 'waybill/dashboard': { createDashboard } };
  const code = (begin: string): string => documentedCode('dashboard.md', begin);

  async function expectMountedFor(url: string): Promise<void> {
    await expectDashboardAt(`${url}/waybill`, signedIn);
    expect((await fetch(`${url}/waybill/api/tasks`)).status).toBe(401);
    expect((await fetch(`${url}/waybill/api/tasks`, { headers: { cookie: 'session=2' } })).status).toBe(401);
  }

  it('into Express, whose session says who it is', async () => {
    const app = express();
    await runDocumentedCode(`${code('`createDashboard` opens')}\n${code('**Express,**')}`, {
      modules,
      names: { app, userOfSession },
    });
    await expectMountedFor(await listening(createServer(app)));
  });

  it('into Fastify', async () => {
    const app = fastify();
    app.post('/other', (request) => request.body);
    await runDocumentedCode(code('**Fastify,**'), { names: { app, authorize, createDashboard } });
    await app.listen({ port: 0, host: '127.0.0.1' });
    onTestFinished(() => app.close());
    const url = `http://127.0.0.1:${String((app.server.address() as AddressInfo).port)}`;
    await expectMountedFor(url);
    const other = await fetch(`${url}/other`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"of":"the application"}',
    });
    expect(await other.json()).toEqual({ of: 'the application' });
  });

  it('into Hono', async () => {
    const app = new Hono();
    await runDocumentedCode(code('**Hono:**'), { names: { app, authorize, createDashboard } });
    await expectMountedFor(await serving((request) => app.fetch(request)));
  });

  it('into Next, whose requests are passed on whole', async () => {
    const { runtime, ...route } = await runDocumentedCode(code('**Next,**'), {
      names: { authorize, createDashboard },
    });
    expect(runtime).toBe('nodejs');
    const methods = route as Record<string, (request: Request) => Promise<Response>>;
    const url = await serving(
      (request) => methods[request.method]?.(request) ?? new Response(null, { status: 405 }),
    );
    await expectMountedFor(url);
  });
});

describe('the pages', () => {
  const info = { remoteAddress: '127.0.0.1' };
  const get = (dashboard: Dashboard, path: string, headers: Record<string, string> = {}): Promise<Response> =>
    dashboard.fetch(new Request(`http://localhost${path}`, { headers }), info);

  it.each([
    '/../package.json',
    '/..%2foutside.json',
    '/assets/..%2f..%2foutside.json',
    '/%2e%2e%2foutside.json',
    '/%2e%2e/%2e%2e/etc/passwd.txt',
    '/assets/%00.js',
    '/a%ff.js',
  ])('are files of their directory and no other: %s', async (path) => {
    expect((await get(mounted(), path)).status).toBe(404);
  });

  it('are sent compressed where the build has made such a file and the browser takes it', async () => {
    const response = await get(mounted(), '/assets/main-a1b2.js', { 'accept-encoding': 'gzip, br' });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(await response.text()).toBe('compressed');
  });

  it('that are not built say what to do, and the API is there all the same', async () => {
    const dashboard = mounted({ pagesDirectory: join(pagesDirectory, 'none') });
    const response = await get(dashboard, '/');
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('npm run build');
    expect((await get(dashboard, '/api/tasks')).status).toBe(200);
  });

  it.each(['waybill', '/a b', '/"x', '/ü', 'https://x'])('refuse to be mounted at %j', (basePath) => {
    expect(() => createDashboard({ ...databases.given, basePath })).toThrow(
      'allowed: a path such as /waybill',
    );
  });
});
