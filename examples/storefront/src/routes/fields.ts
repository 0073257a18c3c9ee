import { z } from 'zod';

/** Postgres's `integer` holds 2,147,483,647; sums of what a request may name stay below it. */
export const centsMax = 1_000_000_000;

/** Text of one to `charactersMax` characters that Postgres can hold: all but NUL and halves of surrogate pairs. */
export function line(charactersMax: number): z.ZodString {
  return z
    .string()
    .min(1)
    .max(charactersMax)
    .refine((text) => !text.includes('\0') && text.isWellFormed(), 'contains NUL or half a character');
}

/** The number in a path such as /orders/4711. */
export const idParameter = z.object({ id: z.coerce.number().int().min(1).max(2_147_483_647) });
