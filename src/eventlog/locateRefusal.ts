/** Where in the rows of an insert ClickHouse found what it refused, as far as its error says. */
export interface RefusalPlace {
  /** Position of the row in the insert, from 1. */
  readonly row?: number | undefined;
  readonly column?: string | undefined;
}

/**
 * Reads the place out of an error's text, as ClickHouse 26.7 words it: `(at row 2)` where a value does not parse, with
 * the columns of that row up to the one at fault; `is violated at row 2` for a constraint. A text that says nothing of it
 * gives nothing: the place saves work, and nothing relies on it.
 */
export function locateRefusal(text: string): RefusalPlace {
  const row = /\(at row (\d+)\)|violated at row (\d+)/.exec(text);
  const position = Number(row?.[1] ?? row?.[2] ?? Number.NaN);
  // The row's columns are listed in order, and the listing ends with the one that did not parse.
  const listed = Array.from(text.split('ERROR')[0]?.matchAll(/Column \d+,\s+name: ([^\s,]+),/g) ?? []);
  const values = /Column values: ([^\s=]+) = /.exec(text);
  const column = listed.at(-1)?.[1] ?? values?.[1];
  return { row: Number.isSafeInteger(position) && position > 0 ? position : undefined, column };
}
