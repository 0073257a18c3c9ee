import { expect, it } from 'vitest';
import { authorDate } from './authorDate.js';

it.each([
  ['1112911993', '0', '2005-04-07T22:13:13.000Z', undefined],
  ['0', '1', '1970-01-01T00:00:00.000Z', undefined],
  ['-1', '1', '1969-12-31T23:59:59.000Z', undefined],
  ['10413791999', '0', '2299-12-31T23:59:59.000Z', undefined],
  ['10413792000', '0', '2299-12-31T23:59:59.999Z', 'out_of_range'],
  ['-99999999999', '0', '1900-01-01T00:00:00.000Z', 'out_of_range'],
  ['18446744073709551999', '0', '2299-12-31T23:59:59.999Z', 'out_of_range'],
  ['9'.repeat(400), '0', '2299-12-31T23:59:59.999Z', 'out_of_range'],
  ['', '1112911993', '2005-04-07T22:13:13.000Z', 'unreadable'],
  ['', '99999999999999', '2299-12-31T23:59:59.999Z', 'unreadable'],
  ['', '', '1970-01-01T00:00:00.000Z', 'unreadable'],
])('author %j, committer %j: %s, %s', (author, committer, date, problem) => {
  const found = authorDate(author, committer);
  expect([found.date.toISOString(), found.problem]).toEqual([date, problem]);
});
