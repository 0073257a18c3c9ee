import { problemStatuses, type Problem, type ProblemCode } from './schema/problem.js';

export interface ProblemDetails {
  readonly detail: string;
  readonly advice?: string | undefined;
  readonly errors?: Problem['errors'];
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly cause?: unknown;
}

/** What the API answers instead of what was asked for. Thrown by whoever notices it. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, { detail, advice, errors, headers = {}, cause }: ProblemDetails) {
    super(detail, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.headers = headers;
    this.problem = {
      type: `urn:waybill:problem:${code.toLowerCase().replaceAll('_', '-')}`,
      title: titles[code],
      status: problemStatuses[code],
      code,
      detail,
      ...(advice === undefined ? {} : { advice }),
      ...(errors === undefined ? {} : { errors }),
    };
  }
}

const titles: Readonly<Record<ProblemCode, string>> = {
  INVALID_REQUEST: 'The request is not as it should be',
  MALFORMED_JSON: 'The body is no JSON',
  UNAUTHENTICATED: 'Sign in first',
  ROLE_TOO_LOW: 'Your role may not do this',
  CROSS_SITE: 'The request comes from another site',
  NOT_FOUND: 'There is no such thing',
  METHOD_NOT_ALLOWED: 'Not with this method',
  CHANGED_MEANWHILE: 'It has changed meanwhile',
  BODY_TOO_LARGE: 'The body is too large',
  UNSUPPORTED_MEDIA_TYPE: 'The body must be JSON',
  HOST_UNKNOWN: 'This dashboard does not answer for that host',
  SEARCH_TOO_LARGE: 'The search is too large',
  RATE_LIMITED: 'Too many requests',
  INTERNAL: 'Something went wrong here',
  POSTGRES_UNAVAILABLE: 'Postgres cannot be asked',
  CLICKHOUSE_UNAVAILABLE: 'ClickHouse cannot be asked',
  NOT_MIGRATED: 'A database is not migrated',
  TIMEOUT: 'It took too long',
};

/** The response that tells of a problem. */
export function problemResponse({ problem, headers }: ProblemError): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
  });
}
