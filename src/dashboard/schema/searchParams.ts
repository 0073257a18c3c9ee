import { z } from 'zod';

/** A query as a client has it: what is undefined is left out, an array is repeated. */
export type QueryValues = Readonly<
  Record<string, string | number | boolean | readonly (string | number)[] | undefined>
>;

/** Writes a query, in the order of its names. */
export function toSearchParams(query: QueryValues): URLSearchParams {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    const values = typeof value === 'object' ? value : [value];
    for (const each of values) params.append(name, String(each));
  }
  return params;
}

/**
 * Reads a query into what its schema parses: one that takes an array gets all values of its name, any other the value
 * alone, and an array where it was given twice, which the schema refuses.
 */
export function fromSearchParams(params: URLSearchParams, schema: z.ZodObject): Record<string, unknown> {
  const query: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const name of new Set(params.keys())) {
    const values = params.getAll(name);
    const takesArray = Object.hasOwn(schema.shape, name) && isArray(schema.shape[name]);
    query[name] = takesArray || values.length > 1 ? values : values[0];
  }
  return query;
}

function isArray(schema: unknown): boolean {
  if (schema instanceof z.ZodOptional) return isArray(schema.unwrap());
  return schema instanceof z.ZodArray;
}
