import { z } from 'zod';
import { problem, problemStatuses, type ProblemCode } from './schema/problem.js';
import { routes, type Route } from './schema/routes.js';

/** The API as an OpenAPI 3.1 document, made of the same schemas that requests are checked with. */
export function describeApi(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, route] of Object.entries<Route>(routes)) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(name, route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Waybill dashboard',
      version,
      description: 'Errors are of type application/problem+json (RFC 9457).',
    },
    servers: [{ url: '.', description: 'beside this document' }],
    security: [{ basic: [] }, { bearer: [] }, {}],
    paths,
    components: {
      schemas: { Problem: schemaOf(problem, 'output') },
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

function describeRoute(operationId: string, route: Route): Record<string, unknown> {
  const { params, query, body, answer } = route;
  return {
    operationId,
    summary: route.summary,
    description: `For users of role ${route.role}${route.role === 'viewer' ? ' or operator' : ''}.`,
    parameters: [...parametersOf('path', params), ...parametersOf('query', query)],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(body, 'input') } },
          },
        }),
    responses: {
      '200': {
        description: answer === undefined ? 'A file, streamed' : 'The answer',
        content:
          answer === undefined
            ? { 'application/x-ndjson': {}, 'text/csv': {} }
            : { 'application/json': { schema: schemaOf(answer, 'output') } },
      },
      ...problemsOf(route),
    },
  };
}

function parametersOf(place: 'path' | 'query', schema: z.ZodObject | undefined): Record<string, unknown>[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    readonly properties?: Readonly<Record<string, unknown>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

/** Without the line that says which dialect it is: OpenAPI 3.1 is of that dialect. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const described = Object.entries(z.toJSONSchema(schema, { io, unrepresentable: 'any' }));
  return Object.fromEntries(described.filter(([name]) => name !== '$schema'));
}

/** Which problems a route may answer with, by status. */
function problemsOf({ method, params, body }: Route): Record<string, unknown> {
  const everywhere: ProblemCode[] = ['INVALID_REQUEST', 'UNAUTHENTICATED', 'ROLE_TOO_LOW', 'CROSS_SITE'];
  const codes: ProblemCode[] = [
    ...everywhere,
    'HOST_UNKNOWN',
    'RATE_LIMITED',
    'POSTGRES_UNAVAILABLE',
    'TIMEOUT',
    'INTERNAL',
    ...(params === undefined ? [] : (['NOT_FOUND'] as const)),
    ...(body === undefined ? [] : (['MALFORMED_JSON', 'UNSUPPORTED_MEDIA_TYPE', 'BODY_TOO_LARGE'] as const)),
    ...(method === 'GET' ? (['SEARCH_TOO_LARGE'] as const) : (['CHANGED_MEANWHILE'] as const)),
  ];
  const statuses = [...new Set(codes.map((code) => problemStatuses[code]))];
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      {
        description: codes.filter((code) => problemStatuses[code] === status).join(', '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}
