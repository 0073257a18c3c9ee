import { expect, it } from 'vitest';
import type { Seen } from './reader.js';
import { delaysSeconds, toWindows } from './windows.js';

const produced = { committedMs: [1_000, 1_010, 1_020], elapsedMs: 20 };

function seenAt(times: Readonly<Record<number, number>>, ...more: readonly number[]): Seen {
  const sequences = [...Object.keys(times).map(Number), ...more];
  return {
    events: sequences.length,
    batches: 1,
    sequences,
    seenMs: sequences.map((sequence) => times[sequence] ?? 0),
  };
}

it('tells the delay of each event from its own commit, in the order of their numbers', () => {
  expect(delaysSeconds(5, produced, seenAt({ 7: 1_520, 5: 1_250, 6: 1_510 }))).toEqual([0.25, 0.5, 0.5]);
});

it('refuses to measure where an event is missing, doubled or was never committed', () => {
  expect(() => delaysSeconds(5, produced, seenAt({ 5: 1_100, 6: 1_100 }))).toThrow(
    '1 committed events never',
  );
  expect(() => delaysSeconds(5, produced, seenAt({ 5: 1_100, 6: 1_100, 7: 1_100 }, 6))).toThrow(
    '6 is in ClickHouse more than once',
  );
  expect(() => delaysSeconds(5, produced, seenAt({ 5: 1_100, 8: 1_100 }))).toThrow(
    '8 is in ClickHouse but was never committed',
  );
});

it('leaves out the warm-up and cuts the rest in windows of one size', () => {
  const windows = toWindows([99, 99, 1, 1, 2, 2, 3, 3, 4, 4], 4, 0.2);
  expect(windows.map(({ events, p50Seconds }) => [events, p50Seconds])).toEqual([
    [2, 1],
    [2, 2],
    [2, 3],
    [2, 4],
  ]);
});
