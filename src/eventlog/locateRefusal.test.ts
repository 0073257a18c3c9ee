import { describe, expect, it } from 'vitest';
import { locateRefusal } from './locateRefusal.js';

// Texts as ClickHouse 26.7 writes them.
const valueText = `Cannot parse input: expected '\\t' before: '\\\\N 00:00:00\\tb\\n': (at row 2)
:${' '}
Row 1:
Column 0,   name: id, type: UInt32,               parsed text: "1"
Column 1,   name: d,  type: DateTime64(6, 'UTC'), parsed text: "2026-01-01 00:00:00.5"
Column 2,   name: s,  type: String,               parsed text: "a"

Row 2:
Column 0,   name: id, type: UInt32,               parsed text: "6"
Column 1,   name: d,  type: DateTime64(6, 'UTC'), parsed text: "2026-02-0"
ERROR: garbage after DateTime64(6, 'UTC'): "<BACKSLASH>N 00:00:0"

: While executing TabSeparatedRowInputFormat. `;
const nullText = `Cannot parse input: expected '\\t' before: 'x': (at row 31)

Row 31:
Column 0,   name: subject, type: String,               parsed text: "<BACKSLASH>N"ERROR
Code: 117. DB::Exception: Unexpected NULL value of not Nullable type String. (INCORRECT_DATA)
`;
const constraintText =
  'Constraint `amount_is_positive` for table default.t (90f932b8-e241-46c9-8fa1-f21689cc383c) is violated at row 12. ' +
  'Expression: (id != 66). Column values: id = 66. ';

describe('the place of a refusal', () => {
  it.each([
    ['a value that does not parse', valueText, { row: 2, column: 'd' }],
    ['a NULL where none may be', nullText, { row: 31, column: 'subject' }],
    ['a constraint', constraintText, { row: 12, column: 'id' }],
    [
      'a view that throws',
      "Value passed to 'throwIf' function is non-zero: while pushing to view default.mv.",
      {},
    ],
    ['nothing', '', {}],
  ])('is read out of the error of %s', (_what, text, place) => {
    expect(locateRefusal(text)).toEqual({ row: undefined, column: undefined, ...place });
  });
});
