import { expect, it } from 'vitest';
import { Progress, type ProgressState } from './progress.js';

const state: ProgressState = {
  seconds: 7.6,
  captured: 12_345,
  delivered: 12_000,
  latency: { probes: 3, p50Ms: 180.4, p99Ms: 300, maxMs: 300 },
};
const line = '   8 s  captured  12,345  delivered  12,000  awaiting   345  latency 180 ms';

function written(stream: { isTTY?: boolean; columns?: number }, use: (progress: Progress) => void): string {
  let text = '';
  use(new Progress({ ...stream, write: (part: string) => (text += part) }));
  return text;
}

it('writes over its line on a terminal, never wider than that', () => {
  const text = written({ isTTY: true, columns: 40 }, (progress) => {
    progress.update(state);
    progress.update(state);
    progress.note('done');
  });
  expect(text).toBe(`${`\r\x1b[K${line.slice(0, 39)}`.repeat(2)}\r\x1b[Kdone\n`);
});

it('writes plain lines elsewhere, and not one for each update', () => {
  const text = written({}, (progress) => {
    progress.update(state);
    progress.update(state);
  });
  expect(text).toBe(`${line}\n`);
});

it('never shows a negative number of events that wait', () => {
  const text = written({}, (progress) => {
    progress.update({ ...state, delivered: 12_346, latency: undefined });
  });
  expect(text).toContain('awaiting     0  latency –');
});
