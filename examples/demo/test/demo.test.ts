import { paintFor, runDemo, type DemoOptions } from '@waybill/example-demo';
import { createClient } from '@clickhouse/client';
import { expect, it } from 'vitest';

const plain = paintFor({ isTerminal: false, environment: {} });
const limitMs = 120_000;

async function demo(options: Partial<DemoOptions> = {}): Promise<{ exitCode: number; lines: string[] }> {
  let text = '';
  const stream = { write: (part: string) => (text += part) };
  const exitCode = await runDemo({
    size: { orders: 150, seconds: 30, seed: 7, stay: false },
    output: stream,
    progress: { write: () => true },
    paint: plain,
    signal: new AbortController().signal,
    ...options,
  });
  return { exitCode, lines: text.trimEnd().split('\n') };
}

async function spoil(clickhouseUrl: string, ...statements: readonly string[]): Promise<void> {
  const client = createClient({ url: clickhouseUrl });
  for (const query of statements) await client.command({ query });
  await client.close();
}

it(
  'delivers every event of the traffic once, and nothing else',
  async () => {
    const { exitCode, lines } = await demo();
    expect(lines.at(-1)).toBe('✔ lost 0, doubled 0, phantom 0');
    expect(exitCode).toBe(0);
    const total = lines.find((line) => line.startsWith('  total'));
    expect(total).toMatch(/^ {2}total +([\d,]+) +\1 +0 +0 +0$/);
    for (const type of ['order_placed', 'order_paid', 'loyalty_points_earned', 'order_cancelled']) {
      expect(lines.find((line) => line.startsWith(`  ${type} `))).toMatch(/ [1-9]/);
    }
  },
  limitMs,
);

it(
  'reports what is lost, doubled or invented in ClickHouse, and ends with 1',
  async () => {
    const { exitCode, lines } = await demo({
      beforeCheck: (clickhouseUrl) =>
        spoil(
          clickhouseUrl,
          `INSERT INTO event_log SELECT * FROM event_log WHERE event_type = 'product_added' ORDER BY event_id LIMIT 2`,
          `INSERT INTO event_log SELECT * REPLACE ('order:999999' AS subject) FROM event_log
           WHERE event_type = 'order_placed' LIMIT 1`,
          `DELETE FROM event_log WHERE event_id IN
             (SELECT event_id FROM event_log WHERE event_type = 'order_paid' ORDER BY event_id LIMIT 3)`,
        ),
    });
    expect(lines.at(-1)).toBe('✘ lost 3, doubled 2, phantom 1');
    expect(exitCode).toBe(1);
  },
  limitMs,
);
