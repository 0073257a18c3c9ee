import { batchesQuery } from '#schema/batches.js';
import { eventsQuery } from '#schema/events.js';
import { expect, it } from 'vitest';
import { queryOf } from './queryOf.js';
import { rangeOf } from './ranges.js';

const params = (search: string): URLSearchParams => new URLSearchParams(search);

it('takes over what the list of the API knows, and repeats what may be repeated', () => {
  expect(queryOf(batchesQuery, params('status=SENDING&status=DELIVERED&sort=oldest'))).toEqual({
    status: ['SENDING', 'DELIVERED'],
    sort: 'oldest',
  });
});

it('leaves out what the list would refuse, so that an address by hand shows the page', () => {
  expect(queryOf(batchesQuery, params('status=NONSENSE&sort=upwards&cursor=%00&last=7d&x=1'))).toEqual({});
  expect(queryOf(eventsQuery, params('trace=abc&key=nocolon&type=a'))).toEqual({ type: ['a'] });
});

it('takes the range from where the page has read it', () => {
  const search = params('from=2026-11-26T09:30:00.123456Z&to=2026-11-26T10:00:00Z');
  expect(queryOf(eventsQuery, search, rangeOf(search))).toEqual({
    from: '2026-11-26T09:30:00.123456Z',
    to: '2026-11-26T10:00:00Z',
  });
});

it('reads a range that ends now, the standard one where the address names none, and none that is nonsense', () => {
  expect(rangeOf(params('last=7d'), '24h').lastMs).toBe(7 * 86_400_000);
  expect(rangeOf(params(''), '24h').lastMs).toBe(86_400_000);
  expect(rangeOf(params('')).lastMs).toBeUndefined();
  expect(rangeOf(params('last=forever')).lastMs).toBeUndefined();
  expect(rangeOf(params('from=soon'), '1h')).toEqual({ from: undefined, to: undefined, lastMs: 3_600_000 });
});
