import { z } from 'zod';
import { ProblemError } from './problemError.js';
import { fromSearchParams } from './schema/searchParams.js';

export const bodyBytesMax = 131_072;

const noQuery = z.strictObject({});

/** @throws {ProblemError} INVALID_REQUEST */
export function parseQuery(params: URLSearchParams, schema: z.ZodObject = noQuery): unknown {
  return parse('query', schema, fromSearchParams(params, schema));
}

/** @throws {ProblemError} INVALID_REQUEST */
export function parseParams(params: Readonly<Record<string, string>>, schema: z.ZodObject): unknown {
  return parse('path', schema, params);
}

/** Reads a body of JSON. @throws {ProblemError} UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE, MALFORMED_JSON, INVALID_REQUEST */
export async function parseBody(request: Request, schema: z.ZodType): Promise<unknown> {
  const mediaType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') {
    throw new ProblemError('UNSUPPORTED_MEDIA_TYPE', {
      detail: `The body is ${mediaType ?? 'of no stated type'}. Nothing was changed.`,
      advice: 'Send JSON with content-type: application/json.',
    });
  }
  const text = await readText(request);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ProblemError('MALFORMED_JSON', {
      detail: `The body is no JSON: ${cause instanceof Error ? cause.message : String(cause)}. Nothing was changed.`,
      cause,
    });
  }
  return parse('body', schema, value);
}

/** Stops reading once it is too much, whatever the header says. */
async function readText(request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: ReadableStream<Uint8Array> | null = request.body;
  // Leaving the loop cancels the stream.
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bodyBytesMax) {
      throw new ProblemError('BODY_TOO_LARGE', {
        detail: `The body is larger than ${bodyBytesMax.toLocaleString('en')} bytes. Nothing was changed.`,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parse(where: 'path' | 'query' | 'body', schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map((issue) => ({
    in: where,
    path: issue.path.map(String).join('.'),
    message: issue.message,
  }));
  const [first] = errors;
  const named = first === undefined || first.path === '' ? where : `${where}, ${first.path}`;
  throw new ProblemError('INVALID_REQUEST', {
    detail: `The ${named}: ${first?.message ?? 'not as the schema has it'}. Nothing was done.`,
    advice: 'openapi.json describes what is allowed.',
    errors,
  });
}
