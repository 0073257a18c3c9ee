import { expect, it } from 'vitest';
import { suggest } from './suggest.js';

const id = '0199e8a4-1003-7abc-8def-000000000003';

it('offers every page when nothing is written', () => {
  expect(suggest('').map(({ to }) => to)).toEqual([
    '/',
    '/batches',
    '/events',
    '/quarantine',
    '/tasks',
    '/doctor',
    '/actions',
  ]);
});

it('takes an id for that of an event, a batch or a run', () => {
  expect(suggest(` ${id.toUpperCase()} `).map(({ to }) => to)).toEqual([
    `/events/${id}`,
    `/batches/${id}`,
    `/runs/${id}`,
  ]);
});

it('finds the events of a trace by its id and by a whole traceparent', () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  for (const written of [trace, `00-${trace}-b7ad6b7169203331-01`]) {
    expect(suggest(written)[0]?.to).toBe(`/events?trace=${trace}&last=7d`);
  }
});

it('offers key:value, and any other text as text, subject and type, safely in an address', () => {
  expect(suggest('customer.id:c 1').find((each) => each.id === 'key')?.to).toBe(
    '/events?key=customer.id%3Ac+1',
  );
  expect(suggest('a&b=<c>').find((each) => each.id === 'text')?.to).toBe('/events?text=a%26b%3D%3Cc%3E');
});
