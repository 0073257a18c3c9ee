import { z } from 'zod';

/** A moment: ISO 8601 in UTC, with up to six digits of a second, such as `2026-11-26T09:30:00.123456Z`. */
export const timestamp = z.iso.datetime().meta({ description: 'ISO 8601, UTC, up to microseconds' });

/** A UUID of any version: that of an event may have been given by hand. */
export const uuid = z.guid();

/** A 64-bit number of a database, as text: JavaScript's numbers end at 2^53. */
export const bigintText = z
  .string()
  .regex(/^\d{1,19}$/)
  .meta({ description: 'a 64-bit whole number as text' });

/** How many of something. */
export const count = z.int().nonnegative();

/** Milliseconds. */
export const durationMs = z.number().nonnegative();

/** Where the next page begins. Opaque: as the page before gave it. */
export const cursor = z
  .string()
  .regex(/^[\w-]{1,512}$/)
  .meta({ description: 'nextCursor of the page before' });

export const pageLimitMax = 200;

/** What every list takes. Pages follow each other by a key, so nothing is skipped or shown twice when rows are added. */
export const pageQuery = {
  cursor: cursor.optional(),
  limit: z.coerce.number().int().min(1).max(pageLimitMax).default(50),
};

/** A text that a database can hold: without a NUL. */
export function plainText(charsMax: number) {
  return z
    .string()
    .min(1)
    .max(charsMax)
    .regex(/^[^\0]*$/, 'a text without a NUL');
}

/** Why something is done; shown among the actions. */
export const reason = plainText(1_000).trim();

/** One page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    /** Null on the last page. */
    nextCursor: cursor.nullable(),
  });
}

/** A flag in a query: `true` or `false`. */
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** One value of a repeated parameter, such as `status=SENDING&status=DELIVERED`. */
export function repeated<Value extends z.ZodType>(value: Value, valuesMax = 20) {
  return z.array(value).min(1).max(valuesMax).optional();
}
