import { Hono, type Context } from 'hono';
import type { DashboardContext } from './context.js';
import { describeClickHouseError } from './describeFailure.js';
import { handlers } from './handlers/handlers.js';
import type { Pages } from './pages.js';
import { parseBody, parseParams, parseQuery } from './parseRequest.js';
import { ProblemError, problemResponse } from './problemError.js';
import { routes, type Route, type RouteName } from './schema/routes.js';
import type { Authenticate, SignedIn } from './security/authenticate.js';
import { securityHeaders } from './security/headers.js';
import {
  checkHost,
  checkSameOrigin,
  lastForwarded,
  requestedHost,
  type RequestInfo,
} from './security/requestOrigin.js';
import { ClickHouseError } from '@clickhouse/client';

export interface AppOptions {
  readonly context: DashboardContext;
  readonly authenticate: Authenticate;
  readonly pages: Pages;
  /** Names for which the dashboard answers, besides those of this machine. */
  readonly hosts: readonly string[];
  /** Where the browser finds the dashboard; undefined where each request tells. */
  readonly basePath: string | undefined;
  readonly trustProxy: boolean;
}

interface Env {
  readonly Bindings: RequestInfo;
  readonly Variables: { signedIn: SignedIn; basePath: string };
}

/** The dashboard as a handler of web-standard requests. Every check stands before every route, in one place. */
export function dashboardApp(options: AppOptions): Hono<Env> {
  const { context, authenticate, pages, hosts, trustProxy } = options;
  const app = new Hono<Env>({
    getPath: (request, given) => innerPath(request, basePathOf(request, infoOf(given), options)),
  });

  app.use(async (c, next) => {
    c.set('basePath', basePathOf(c.req.raw, c.env, options));
    await next();
    for (const [name, value] of Object.entries(securityHeaders)) c.res.headers.set(name, value);
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
  });
  app.onError((error, c) => {
    const problem = asProblem(error);
    if (problem.code === 'INTERNAL')
      context.logger.error({ err: error, path: c.req.path }, 'the dashboard could not answer');
    else context.logger.debug({ code: problem.code, path: c.req.path }, problem.message);
    return problemResponse(problem);
  });
  app.use(async (c, next) => {
    checkHost(requestedHost(c.req.raw, trustProxy), hosts);
    c.set('signedIn', await authenticate(c.req.raw, c.env));
    await next();
  });
  app.use('/api/*', async (c, next) => {
    checkSameOrigin(c.req.raw, requestedHost(c.req.raw, trustProxy));
    await next();
  });
  for (const name of Object.keys(routes) as RouteName[]) {
    const route: Route = routes[name];
    app.on(route.method, `/api${route.path}`, (c) => answer(name, c, context));
  }
  app.all('/api/*', (c) => {
    throw missingRoute(c.req.method, c.req.path);
  });
  app.on(['GET'], '*', (c) =>
    pages.serve({
      path: c.req.path,
      basePath: c.get('basePath'),
      acceptEncoding: acceptEncodingOf(c.req.raw),
    }),
  );
  app.all('*', (c) => {
    throw notAllowed(c.req.method, 'GET, HEAD');
  });
  return app;
}

async function answer(name: RouteName, c: Context<Env>, context: DashboardContext): Promise<Response> {
  const route: Route = routes[name];
  const { user, access } = c.get('signedIn');
  if (route.role === 'operator' && user.role !== 'operator') {
    throw new ProblemError('ROLE_TOO_LOW', {
      detail: `${user.name} may look, but not act: this needs role operator. Nothing was changed.`,
      advice: 'Ask an operator.',
    });
  }
  const { params, query, body } = route;
  const request = {
    params: params === undefined ? undefined : parseParams(c.req.param(), params),
    query: parseQuery(new URL(c.req.url).searchParams, query),
    body: body === undefined ? undefined : await parseBody(c.req.raw, body),
    user,
    access,
    signal: c.req.raw.signal,
    context,
  };
  // Each part has passed the schema of this very route, which is what the handler's type says.
  const handle = handlers[name] as (request: unknown) => Promise<unknown>;
  const answered = await handle(request);
  if (route.method === 'POST')
    context.logger.info({ by: user.name, path: c.req.path }, 'somebody has used the dashboard to act');
  if (answered instanceof Response) return answered;
  return new Response(JSON.stringify(answered), { headers: { 'content-type': 'application/json' } });
}

/** What a handler lets through is one of our own problems, or an error that nobody has foreseen. */
function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof ClickHouseError) return describeClickHouseError(error);
  return new ProblemError('INTERNAL', {
    detail: 'The dashboard could not answer. Its log says why.',
    cause: error,
  });
}

function missingRoute(method: string, path: string): ProblemError {
  const matching = Object.values<Route>(routes).filter((route) => matches(route, path));
  if (matching.length > 0) return notAllowed(method, matching.map((route) => route.method).join(', '));
  return new ProblemError('NOT_FOUND', {
    detail: `There is no route ${path}.`,
    advice: 'api/openapi.json lists all of them.',
  });
}

function matches(route: Route, path: string): boolean {
  const pattern = `/api${route.path}`.replaceAll(/[.]/g, '\\.').replaceAll(/:\w+/g, '[^/]+');
  return new RegExp(`^${pattern}$`).test(path);
}

function notAllowed(method: string, allowed: string): ProblemError {
  return new ProblemError('METHOD_NOT_ALLOWED', {
    detail: `${method} is not for this path; allowed: ${allowed}. Nothing was changed.`,
    headers: { allow: allowed },
  });
}

/**
 * The encodings in which a file may be sent. None in a route of Next, whose requests have a `nextUrl`: it takes content-encoding
 * off what the route answers (seen with 16.4), and compresses by itself.
 */
function acceptEncodingOf(request: Request): string {
  return 'nextUrl' in request ? '' : (request.headers.get('accept-encoding') ?? '');
}

/** A path of plain segments, so that it can stand in a page as it is. */
const plainPath = /^(?:\/[\w.~-]+)*$/;

/** Where the browser finds the dashboard, without a slash at the end. */
function basePathOf(request: Request, info: RequestInfo, { basePath, trustProxy }: AppOptions): string {
  if (basePath !== undefined) return basePath;
  const forwarded = trustProxy
    ? lastForwarded(request, 'x-forwarded-prefix')?.replace(/\/+$/, '')
    : undefined;
  const prefix = forwarded ?? '';
  const mounted = info.mountPath ?? '';
  const found = prefix.endsWith(mounted) ? prefix : prefix + mounted;
  return plainPath.test(found) ? found : '';
}

/** The path within the dashboard, whether whoever passed the request on has taken the base path off or not. */
function innerPath(request: Request, basePath: string): string {
  const { pathname } = new URL(request.url);
  const rest = pathname.startsWith(basePath) ? pathname.slice(basePath.length) : pathname;
  return rest.startsWith('/') ? rest : rest === '' ? '/' : pathname;
}

function infoOf(given: { readonly env?: unknown } | undefined): RequestInfo {
  return given?.env ?? {}; // as `fetch` is given it
}
