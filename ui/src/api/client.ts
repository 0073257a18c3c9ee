import { problem } from '#schema/problem.js';
import { routes, type Route, type RouteName } from '#schema/routes.js';
import { toSearchParams, type QueryValues } from '#schema/searchParams.js';
import type { z } from 'zod';
import { ApiError } from './apiError.js';
import { noteServerTime } from './serverClock.js';

type Routes = typeof routes;
type InputOf<Part> = Part extends z.ZodType ? z.input<Part> : never;

/** What a route takes; parts that it has not are left out. */
export type Input<Name extends RouteName> = (Routes[Name] extends { params: z.ZodType }
  ? { readonly params: InputOf<Routes[Name]['params']> }
  : { readonly params?: never }) &
  (Routes[Name] extends { query: z.ZodType }
    ? { readonly query?: InputOf<Routes[Name]['query']> }
    : { readonly query?: never }) &
  (Routes[Name] extends { body: z.ZodType }
    ? { readonly body: InputOf<Routes[Name]['body']> }
    : { readonly body?: never });

export type Answer<Name extends RouteName> = Routes[Name] extends { answer: z.ZodType }
  ? z.output<Routes[Name]['answer']>
  : never;

interface AnyInput {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: QueryValues;
  readonly body?: unknown;
}

/** After this time without an answer a request is given up. Longer than the server lets any search run. */
const requestTimeoutMs = 45_000;

/** Where the dashboard is mounted, without a slash at its end. The server says so in the page's <base>. */
export const basePath = new URL(document.baseURI).pathname.replace(/\/[^/]*$/, '');

/** The address of a route, with its parameters. */
export function addressOf<Name extends RouteName>(name: Name, input: Input<Name>): string {
  const { params = {}, query = {} } = input as AnyInput;
  const path = routes[name].path.replace(/:(\w+)/g, (_match, key: string) =>
    encodeURIComponent(params[key] ?? ''),
  );
  const search = toSearchParams(query).toString();
  return `${basePath}/api${path}${search === '' ? '' : `?${search}`}`;
}

/** Asks the server, and checks that its answer is as the schema has it. Throws an ApiError whose text says what to do. */
export async function call<Name extends RouteName>(
  name: Name,
  input: Input<Name>,
  signal?: AbortSignal,
): Promise<Answer<Name>> {
  const route: Route = routes[name];
  const { body } = input as AnyInput;
  const timeout = AbortSignal.timeout(requestTimeoutMs);
  let response: Response;
  let text: string;
  try {
    response = await fetch(addressOf(name, input), {
      method: route.method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      cache: 'no-store',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw noAnswer(timeout.aborted, route.method);
  }
  noteServerTime(response.headers.get('date'));
  if (!response.ok) throw refusal(response, text);
  const answer = route.answer?.safeParse(parse(text));
  if (answer?.success !== true) {
    throw new ApiError(
      response.status,
      'The answer is not as expected',
      'This page and the server are probably of different versions. Reload the page.',
      'UNEXPECTED_ANSWER',
    );
  }
  return answer.data as Answer<Name>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function noAnswer(timedOut: boolean, method: Route['method']): ApiError {
  const unsure = method === 'POST' ? ' Whether it was done is not known: look before you do it again.' : '';
  return timedOut
    ? new ApiError(
        0,
        'No answer in time',
        `The server was silent for ${String(requestTimeoutMs / 1000)} s.${unsure}`,
        'NO_ANSWER',
      )
    : new ApiError(
        0,
        'The server cannot be reached',
        `Is the process that serves this dashboard running?${unsure}`,
        'UNREACHABLE',
      );
}

function refusal(response: Response, text: string): ApiError {
  const parsed = problem.safeParse(parse(text));
  if (!parsed.success) {
    const title = `The server answered with status ${String(response.status)}`;
    return new ApiError(
      response.status,
      title,
      'It may come from a proxy in front of the dashboard.',
      undefined,
    );
  }
  const { title, detail, advice, errors = [], code } = parsed.data;
  const places = errors.map((error) => `${error.path}: ${error.message}`).join('; ');
  return new ApiError(response.status, title, [detail, places, advice].filter(Boolean).join(' '), code);
}
