import { expect, onTestFinished } from 'vitest';
import type { z } from 'zod';
import { createDashboard, type Dashboard } from '../../src/dashboard/createDashboard.js';
import type { DashboardOptions } from '../../src/dashboard/dashboardOptions.js';
import { problem, type Problem, type ProblemCode } from '../../src/dashboard/schema/problem.js';
import { routes, type Route, type RouteName } from '../../src/dashboard/schema/routes.js';
import { toSearchParams, type QueryValues } from '../../src/dashboard/schema/searchParams.js';
import type { RequestInfo } from '../../src/dashboard/security/requestOrigin.js';
import type { TestDatabases } from '../support/databases.js';

export const host = 'localhost:4680';
export const here: RequestInfo = { remoteAddress: '127.0.0.1' };

/** A dashboard of a test's databases, that goes at its end. */
export function testDashboard(
  { given }: Pick<TestDatabases, 'given'>,
  options: DashboardOptions = {},
): Dashboard {
  const dashboard = createDashboard({ ...given, ...options });
  onTestFinished(() => dashboard.close());
  return dashboard;
}

export interface Call {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: QueryValues;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request as the pages make it. */
export function requestOf(
  name: RouteName,
  { params = {}, query = {}, body, headers = {} }: Call = {},
): Request {
  const route: Route = routes[name];
  const path = route.path.replaceAll(/:(\w+)/g, (_, parameter: string) =>
    encodeURIComponent(params[parameter] ?? ''),
  );
  const search = toSearchParams(query).toString();
  return new Request(`http://${host}/api${path}${search === '' ? '' : `?${search}`}`, {
    method: route.method,
    headers: {
      host,
      'sec-fetch-site': 'same-origin',
      ...(route.method === 'POST' ? { 'content-type': 'application/json', origin: `http://${host}` } : {}),
      ...headers,
    },
    ...(route.method === 'POST' ? { body: JSON.stringify(body ?? {}) } : {}),
  });
}

type AnswerOf<Name extends RouteName> = (typeof routes)[Name] extends {
  readonly answer: infer Schema extends z.ZodType;
}
  ? z.output<Schema>
  : never;

/** Calls a route. The answer is exactly what its schema says, with nothing besides. */
export async function call<Name extends RouteName>(
  dashboard: Pick<Dashboard, 'fetch'>,
  name: Name,
  given: Call = {},
): Promise<AnswerOf<Name>> {
  const response = await dashboard.fetch(requestOf(name, given), here);
  const body: unknown = await response.json();
  expect(response.status, JSON.stringify(body)).toBe(200);
  const { answer }: Route = routes[name];
  if (answer === undefined) throw new Error(`${name} answers with a file.`);
  const parsed = answer.parse(body);
  expect(parsed).toEqual(body);
  return parsed as AnswerOf<Name>;
}

/** Sends a request that is refused, and expects the problem to be written as it should. */
export async function refusal(
  dashboard: Pick<Dashboard, 'fetch'>,
  request: Request,
  info: RequestInfo = here,
): Promise<{ readonly problem: Problem; readonly headers: Headers }> {
  const response = await dashboard.fetch(request, info);
  return readProblem(response);
}

export async function readProblem(
  response: Response,
): Promise<{ readonly problem: Problem; readonly headers: Headers }> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const body: unknown = await response.json();
  const parsed = problem.parse(body);
  expect(parsed).toEqual(body);
  expect(parsed.status).toBe(response.status);
  return { problem: parsed, headers: response.headers };
}

/** Calls a route that refuses. */
export async function refused(
  dashboard: Pick<Dashboard, 'fetch'>,
  name: RouteName,
  given: Call,
  code: ProblemCode,
): Promise<Problem> {
  const { problem: found } = await refusal(dashboard, requestOf(name, given));
  expect(found.code, found.detail).toBe(code);
  return found;
}
