import type { z } from 'zod';
import { fromSearchParams } from '#schema/searchParams.js';

/**
 * The query of a list, out of the address of its page. A parameter that the list does not know, or whose value it would
 * refuse, is left out, so that an address written by hand shows the page rather than an error.
 */
export function queryOf<Schema extends z.ZodObject>(
  schema: Schema,
  params: URLSearchParams,
  range: { readonly from: string | undefined; readonly to: string | undefined } = {
    from: undefined,
    to: undefined,
  },
): z.input<Schema> {
  const query = fromSearchParams(params, schema);
  if (Object.hasOwn(schema.shape, 'from')) {
    Object.assign(query, { from: range.from, to: range.to });
  }
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(query)) {
    const part = schema.shape[name] as z.ZodType | undefined;
    if (value !== undefined && part?.safeParse(value).success === true) kept[name] = value;
  }
  return kept as z.input<Schema>;
}
