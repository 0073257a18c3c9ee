import { expect, it } from 'vitest';
import { compareEventLog } from '../ledger/compareEventLog.js';
import { Ledger } from '../ledger/ledger.js';
import { paintFor } from './paint.js';
import { report, type DemoResult } from './report.js';

const plain = paintFor({ isTerminal: false, environment: {} });

async function resultOf(ledger: Ledger): Promise<DemoResult> {
  return {
    trafficSeconds: 20,
    requests: { done: 18_000, refused: 1_900, unseen: 100 },
    settled: { asked: 100, done: 40 },
    delivered: { events: 12_000, batches: 60 },
    latency: { probes: 400, p50Ms: 182.6, p99Ms: 410, maxMs: 1_234 },
    pollIntervalMs: 25,
    comparison: await compareEventLog(ledger, []),
  };
}

it('ends with the verdict, after an aligned table', async () => {
  const lines = report(await resultOf(new Ledger()), plain).split('\n');
  expect(lines.at(-1)).toBe('✔ lost 0, doubled 0, phantom 0');
  expect(lines[1]).toBe('  event                   captured   in ClickHouse   lost   doubled   phantom');
  const tableLines = lines.slice(1, lines.indexOf('', 1));
  expect(new Set(tableLines.map((line) => line.length)).size).toBe(1);
  expect(lines).toContain('  requests      20,000 in 20.00 s, 1,000 per second');
  expect(lines).toContain(
    '  latency       p50 183 ms, p99 410 ms, max 1.23 s from commit to queryable (400 probes, looked for every 25 ms)',
  );
});

it('names what does not agree', async () => {
  const ledger = new Ledger();
  ledger.expect([{ eventType: 'order_shipped', subject: 'order:7', context: { orderId: 7 } }]);
  const lines = report(await resultOf(ledger), plain).split('\n');
  expect(lines.at(-1)).toBe('✘ lost 1, doubled 0, phantom 0');
  expect(lines.at(-2)).toMatch(/^ {2}lost: order_shipped of order:7/);
});

it('lists the first that do not agree and says how many more there are', async () => {
  const ledger = new Ledger();
  for (let orderId = 1; orderId <= 1_500; orderId += 1) {
    ledger.expect([
      { eventType: 'order_shipped', subject: `order:${String(orderId)}`, context: { orderId } },
    ]);
  }
  const lines = report(await resultOf(ledger), plain).split('\n');
  expect(lines.filter((line) => line.startsWith('  lost: '))).toHaveLength(10);
  expect(lines.slice(-2)).toEqual(['  and 1,490 more', '✘ lost 1,500, doubled 0, phantom 0']);
});

it('paints only on a terminal, and not when NO_COLOR is set', () => {
  const painted = (isTerminal: boolean, environment: Record<string, string>): string =>
    paintFor({ isTerminal, environment }).good('x');
  expect(painted(true, {})).toBe('\x1b[32mx\x1b[0m');
  expect(painted(false, {})).toBe('x');
  expect(painted(true, { NO_COLOR: '1' })).toBe('x');
  expect(painted(true, { NO_COLOR: '' })).toBe('\x1b[32mx\x1b[0m');
  expect(painted(true, { TERM: 'dumb' })).toBe('x');
});
