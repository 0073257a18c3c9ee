import type { z } from 'zod';
import { ProblemError } from './problemError.js';

/** Writes where a page ends into a cursor. */
export function encodeCursor(position: Readonly<Record<string, string | number | undefined>>): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** @throws {ProblemError} INVALID_REQUEST for one that this route has not given out */
export function decodeCursor<Position>(
  cursor: string | undefined,
  schema: z.ZodType<Position>,
): Position | undefined {
  if (cursor === undefined) return undefined;
  const parsed = schema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()));
  if (parsed.success) return parsed.data;
  throw new ProblemError('INVALID_REQUEST', {
    detail: 'The cursor is not one that this list has given out.',
    advice: 'Begin with the first page, without a cursor.',
    errors: [{ in: 'query', path: 'cursor', message: 'not a cursor of this list' }],
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // which no schema takes
  }
}

/** Cuts one item more than was asked for off a page: where there was one, another page follows the last that stays. */
export function pageOf<Item>(
  found: readonly Item[],
  limit: number,
  positionOf: (last: Item) => Readonly<Record<string, string | number | undefined>>,
): { items: Item[]; nextCursor: string | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const more = found.length > limit && last !== undefined;
  return { items, nextCursor: more ? encodeCursor(positionOf(last)) : null };
}
