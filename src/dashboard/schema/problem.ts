import { z } from 'zod';

/** Every error that the API answers with, and its HTTP status. Stable: programs may name them. */
export const problemStatuses = {
  /** The query, the path or the body is not as the schema has it; `errors` says where. */
  INVALID_REQUEST: 400,
  /** The body is no JSON. */
  MALFORMED_JSON: 400,
  /** Credentials are missing or wrong. */
  UNAUTHENTICATED: 401,
  /** The user is a viewer, and this needs an operator. */
  ROLE_TOO_LOW: 403,
  /** The request comes from a page of another site. */
  CROSS_SITE: 403,
  /** There is no such route, batch, event, task or run. */
  NOT_FOUND: 404,
  /** The route exists, but not for this method; header `allow` names those that do. */
  METHOD_NOT_ALLOWED: 405,
  /** What was confirmed is not what is there now; nothing was changed. */
  CHANGED_MEANWHILE: 409,
  BODY_TOO_LARGE: 413,
  /** A change needs `content-type: application/json`. */
  UNSUPPORTED_MEDIA_TYPE: 415,
  /** The request names a host that this dashboard does not answer for. */
  HOST_UNKNOWN: 421,
  /** The search would read more than one may; `advice` says how to narrow it. */
  SEARCH_TOO_LARGE: 422,
  /** Wrong credentials too often; header `retry-after` says when to try again. */
  RATE_LIMITED: 429,
  INTERNAL: 500,
  POSTGRES_UNAVAILABLE: 503,
  CLICKHOUSE_UNAVAILABLE: 503,
  /** The outbox or the event log is not there, or of another version; `waybill migrate`. */
  NOT_MIGRATED: 503,
  /** A database did not answer in time. */
  TIMEOUT: 504,
} as const;

export type ProblemCode = keyof typeof problemStatuses;
export const problemCodes = Object.keys(problemStatuses) as [ProblemCode, ...ProblemCode[]];

/** An error as RFC 9457 has it, of type `application/problem+json`. */
export const problem = z.object({
  /** `urn:waybill:problem:` and the code. */
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(problemCodes),
  /** What happened, and what is safe. */
  detail: z.string(),
  /** What to do. */
  advice: z.string().optional(),
  /** With INVALID_REQUEST: what is wrong where. */
  errors: z
    .array(z.object({ in: z.enum(['path', 'query', 'body']), path: z.string(), message: z.string() }))
    .optional(),
});
export type Problem = z.infer<typeof problem>;
